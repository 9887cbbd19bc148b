#!/usr/bin/env bash
# Bring a version of the site to Azure, or take the version before back.
#
#   GROUP=films NAME=films SECRET_KEY=... POSTGRES_PASSWORD=... EMAIL_URL=... METRICS_TOKEN=... \
#     ALERT_ADDRESS=me@films.example deploy/azure/deploy.sh          # builds the commit, migrates, swaps
#   GROUP=films NAME=films deploy/azure/deploy.sh roll-back          # takes workers and web back
#
# SETTINGS='{"SITE_NAME": "Films", "SIGN_UP": "invited"}' gives web and workers further settings of
# docs/deploy.md; FURTHER_SECRETS='{"OIDC_CLIENT_SECRET": "..."}' likewise, by way of the vault.
# Each deployment sets exactly those that it is given: keep them in a file.
#
# It needs `az login`, the resource group and the rights to assign roles in it. WHAT_IF=1 shows what
# would change and stops. Nothing that visitors see changes before the last step.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${GROUP:?the resource group}" "${NAME:?the short name of the site}"
export NAME

swap() {
    az webapp deployment slot swap --resource-group "$GROUP" --name "$NAME-web" --slot staging --target-slot production
}

# Workers follow the web: a task of one version may be unknown to the other.
take_back() {
    local image registry tag worker target
    image=$(az webapp config show --resource-group "$GROUP" --name "$NAME-web" --slot staging --query linuxFxVersion --output tsv)
    image=${image#DOCKER|}
    registry=${image%%/*} tag=${image##*:}
    [ -n "$registry" ] && [ -n "$tag" ] || { echo "The staging slot has no image; nothing was changed." >&2; exit 1; }
    echo "== visitors see $tag"
    swap
    for worker in worker-ml worker-web beat; do
        echo "== $worker of $tag"
        target=web
        [ "$worker" != worker-ml ] || target=worker
        az containerapp update --resource-group "$GROUP" --name "$NAME-$worker" --image "$registry/marquee-$target:$tag" --output none
    done
}

if [ "${1:-}" = roll-back ]; then
    take_back
    exit
fi

: "${SECRET_KEY:?}" "${POSTGRES_PASSWORD:?}" "${EMAIL_URL:?}" "${METRICS_TOKEN:?}" "${ALERT_ADDRESS:?}"
IMAGE_TAG=${IMAGE_TAG:-$(git rev-parse --short=12 HEAD)}
export IMAGE_TAG

echo "== registry and identity"
az deployment group create --resource-group "$GROUP" --name registry --template-file deploy/azure/modules/registry.bicep \
    --parameters name="$NAME" --output none
REGISTRY=$(az deployment group show --resource-group "$GROUP" --name registry --query properties.outputs.registry.value --output tsv)
export REGISTRY

# What visitors are served by now; the new version itself if this is the first.
LIVE_TAG=$(az webapp config show --resource-group "$GROUP" --name "$NAME-web" --query linuxFxVersion --output tsv 2>/dev/null | sed 's/.*://' || true)
IS_FIRST=
[ -n "$LIVE_TAG" ] || { LIVE_TAG=$IMAGE_TAG; IS_FIRST=yes; }
export LIVE_TAG

if [ -n "${WHAT_IF:-}" ]; then
    az deployment group what-if --resource-group "$GROUP" --template-file deploy/azure/main.bicep --parameters deploy/azure/main.bicepparam
    exit
fi

echo "== images of $IMAGE_TAG"
for target in web worker; do
    az acr build --registry "${REGISTRY%%.*}" --image "marquee-$target:$IMAGE_TAG" --target "$target" \
        --build-arg EXTRAS="storages observability" .
done

migrate() {
    echo "== migration"
    az containerapp job update --resource-group "$GROUP" --name "$NAME-migrate" --image "$REGISTRY/marquee-web:$IMAGE_TAG" --output none
    local execution status
    execution=$(az containerapp job start --resource-group "$GROUP" --name "$NAME-migrate" --query name --output tsv)
    for _ in $(seq 360); do
        status=$(az containerapp job execution show --resource-group "$GROUP" --name "$NAME-migrate" --job-execution-name "$execution" \
            --query properties.status --output tsv)
        case $status in
            Succeeded) return ;;
            Failed | Degraded | Stopped) break ;;
        esac
        sleep 10
    done
    echo "The migration ended with: $status. Visitors still see $LIVE_TAG." >&2
    exit 1
}

# The tables first: code of the new version never meets tables of the old one.
[ -n "$IS_FIRST" ] || migrate

echo "== workers and the staging slot"
az deployment group create --resource-group "$GROUP" --name main --template-file deploy/azure/main.bicep \
    --parameters deploy/azure/main.bicepparam --output none
[ -z "$IS_FIRST" ] || migrate

echo "== is the staging slot well?"
staging="https://$NAME-web-staging.azurewebsites.net"
for attempt in $(seq 60); do
    if curl --fail --silent --show-error --max-time 10 --output /dev/null "$staging/livez"; then break; fi
    [ "$attempt" != 60 ] || { echo "$staging does not answer; nothing was swapped." >&2; exit 1; }
    sleep 10
done
curl --fail --silent --show-error --max-time 30 --output /dev/null "$staging/"
curl --fail --silent --show-error --max-time 30 --output /dev/null "$staging/api/v1/movies/?page_size=1"

echo "== visitors see $IMAGE_TAG"
swap
