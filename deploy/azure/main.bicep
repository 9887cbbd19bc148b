// The whole site on Azure: web on App Service; workers, the clock and the migration on Container Apps.
targetScope = 'resourceGroup'

@description('Short name that all resources begin with: small letters and digits.')
@minLength(3)
@maxLength(12)
param name string

param location string = resourceGroup().location

@description('Login server of the container registry, from modules/registry.bicep.')
param registry string

@description('Tag of both images for workers, the migration and the staging slot, such as a commit.')
param imageTag string

@description('Tag of the image that visitors are served by until the slots are swapped.')
param liveTag string = imageTag

@description('Host name that visitors use. A custom one needs a binding and a certificate (README.md).')
param hostName string = '${name}-web.azurewebsites.net'

@secure()
@minLength(50)
param secretKey string

@description('Earlier keys, separated by commas. A vault holds no empty secret, so a comma stands for none.')
@secure()
param secretKeyFallbacks string = ','

@secure()
param postgresPassword string

@description('submission://USER:PASSWORD@HOST:587')
@secure()
param emailUrl string

@secure()
param metricsToken string

@description('Further settings of docs/deploy.md for web, workers and the migration, such as {SITE_NAME: \'Films\'}.')
param settings object = {}

@description('Further settings that are secrets, such as {OIDC_CLIENT_SECRET: \'...\'}. They are kept in the vault.')
@secure()
param furtherSecrets object = {}

@description('Instances of the web app. With two or more, the plan is spread over zones.')
@minValue(1)
param webInstances int = 2

@description('SKU of PostgreSQL. Its connections must suffice: 8 for each web instance, 4 for each worker.')
param postgresSku string = 'Standard_D2ds_v5'

param postgresStorageGb int = 64

@description('SKU of Azure Managed Redis. The queue and the cache of one site fit the smallest.')
param redisSku string = 'Balanced_B0'

@description('E-mail address that alerts are sent to.')
param alertAddress string

var vault = '${name}-${take(uniqueString(resourceGroup().id), 8)}'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: '${name}-id'
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    name: name
    location: location
  }
}

module data 'modules/data.bicep' = {
  name: 'data'
  params: {
    name: name
    location: location
    vault: vault
    principalId: identity.properties.principalId
    secretKey: secretKey
    secretKeyFallbacks: secretKeyFallbacks
    postgresPassword: postgresPassword
    emailUrl: emailUrl
    metricsToken: metricsToken
    furtherSecrets: furtherSecrets
    postgresSku: postgresSku
    postgresStorageGb: postgresStorageGb
    redisSku: redisSku
    databaseSubnetId: network.outputs.databaseSubnetId
    endpointSubnetId: network.outputs.endpointSubnetId
    databaseZoneId: network.outputs.databaseZoneId
    redisZoneId: network.outputs.redisZoneId
    blobZoneId: network.outputs.blobZoneId
  }
}

module apps 'modules/apps.bicep' = {
  name: 'apps'
  params: {
    name: name
    location: location
    imageTag: imageTag
    liveTag: liveTag
    hostName: hostName
    vault: data.outputs.vault
    registry: registry
    storageAccount: data.outputs.storageAccount
    identityId: identity.id
    identityClientId: identity.properties.clientId
    webInstances: webInstances
    webSubnetId: network.outputs.webSubnetId
    appsSubnetId: network.outputs.appsSubnetId
    settings: settings
    furtherSecretNames: map(items(furtherSecrets), secret => secret.key)
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    name: name
    alertAddress: alertAddress
    webId: apps.outputs.webId
    postgresId: data.outputs.postgresId
  }
}

output url string = 'https://${hostName}'
output migrateJob string = apps.outputs.migrateJob
output web string = apps.outputs.web
