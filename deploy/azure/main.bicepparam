using './main.bicep'

// deploy.sh passes the registry and the tags; secrets come from the environment and are kept in the vault.
param name = readEnvironmentVariable('NAME')
param registry = readEnvironmentVariable('REGISTRY')
param imageTag = readEnvironmentVariable('IMAGE_TAG')
param liveTag = readEnvironmentVariable('LIVE_TAG')
param secretKey = readEnvironmentVariable('SECRET_KEY')
param secretKeyFallbacks = readEnvironmentVariable('SECRET_KEY_FALLBACKS', ',')
param postgresPassword = readEnvironmentVariable('POSTGRES_PASSWORD')
param emailUrl = readEnvironmentVariable('EMAIL_URL')
param metricsToken = readEnvironmentVariable('METRICS_TOKEN')
param alertAddress = readEnvironmentVariable('ALERT_ADDRESS')
// Objects of JSON, such as {"SITE_NAME": "Films"}: further settings of docs/deploy.md, and those that are secrets.
param settings = json(readEnvironmentVariable('SETTINGS', '{}'))
param furtherSecrets = json(readEnvironmentVariable('FURTHER_SECRETS', '{}'))
