// Web on App Service with a staging slot; workers, the clock and the migration on Container Apps.
param name string
param location string
param imageTag string
param liveTag string
param hostName string
param vault string
param registry string
param storageAccount string
param identityId string
param identityClientId string
param webInstances int
param webSubnetId string
param appsSubnetId string
param settings object
param furtherSecretNames array

var ownSecretNames = [
  'secret-key'
  'database-url'
  'redis-url'
  'email-url'
  'metrics-token'
  'secret-key-fallbacks'
]
// OIDC_CLIENT_SECRET is oidc-client-secret in the vault.
var secretNames = union(ownSecretNames, map(furtherSecretNames, setting => toLower(replace(setting, '_', '-'))))
var defaults = {
  MARQUEE_DEPLOYMENT: 'production'
  ALLOWED_HOSTS: '${hostName},${name}-web-staging.azurewebsites.net'
  TRUSTED_PROXY_COUNT: '1'
  MARQUEE_STORAGE: 'azure://media'
  AZURE_STORAGE_ACCOUNT: storageAccount
  AZURE_CLIENT_ID: identityClientId
  LOG_FORMAT: 'json'
  // Browsers remember HSTS: an hour, for this name alone, until `settings` says more.
  SECURE_HSTS_SECONDS: '3600'
  SECURE_HSTS_INCLUDE_SUBDOMAINS: 'false'
  SECURE_HSTS_PRELOAD: 'false'
}
var plain = [for setting in items(union(defaults, settings)): {
  name: setting.key
  value: string(setting.value)
}]
var fromVault = [for secret in secretNames: {
  name: toUpper(replace(secret, '-', '_'))
  value: '@Microsoft.KeyVault(VaultName=${vault};SecretName=${secret})'
}]
var appSettings = concat(plain, fromVault, [
  {
    name: 'WEBSITES_PORT'
    value: '8000'
  }
  {
    name: 'WEBSITES_ENABLE_APP_SERVICE_STORAGE'
    value: 'false'
  }
])
var siteConfig = {
  acrUseManagedIdentityCreds: true
  acrUserManagedIdentityID: identityClientId
  alwaysOn: true
  ftpsState: 'Disabled'
  http20Enabled: true
  minTlsVersion: '1.2'
  healthCheckPath: '/livez'
  appSettings: appSettings
}
var userAssigned = {
  type: 'UserAssigned'
  userAssignedIdentities: {
    '${identityId}': {}
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: '${name}-logs'
  location: location
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: 30
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: '${name}-plan'
  location: location
  kind: 'linux'
  sku: {
    name: 'P0v3'
    capacity: webInstances
  }
  properties: {
    reserved: true
    zoneRedundant: webInstances > 1
  }
}

resource web 'Microsoft.Web/sites@2024-04-01' = {
  name: '${name}-web'
  location: location
  kind: 'app,linux,container'
  identity: userAssigned
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: webSubnetId
    vnetRouteAllEnabled: true
    siteConfig: union(siteConfig, {
      linuxFxVersion: 'DOCKER|${registry}/marquee-web:${liveTag}'
    })
  }

  resource staging 'slots' = {
    name: 'staging'
    location: location
    kind: 'app,linux,container'
    identity: userAssigned
    properties: {
      serverFarmId: plan.id
      httpsOnly: true
      clientAffinityEnabled: false
      keyVaultReferenceIdentity: identityId
      virtualNetworkSubnetId: webSubnetId
      vnetRouteAllEnabled: true
      siteConfig: union(siteConfig, {
        linuxFxVersion: 'DOCKER|${registry}/marquee-web:${imageTag}'
      })
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: web
  properties: {
    workspaceId: logs.id
    logs: [for category in [
      'AppServiceConsoleLogs'
      'AppServiceHTTPLogs'
      'AppServicePlatformLogs'
    ]: {
      category: category
      enabled: true
    }]
  }
}

resource autoscale 'Microsoft.Insights/autoscaleSettings@2022-10-01' = {
  name: '${name}-autoscale'
  location: location
  properties: {
    targetResourceUri: plan.id
    enabled: true
    profiles: [
      {
        name: 'processor'
        capacity: {
          minimum: string(webInstances)
          maximum: string(webInstances * 3)
          default: string(webInstances)
        }
        rules: [for (rule, index) in [
          {
            operator: 'GreaterThan'
            threshold: 70
            direction: 'Increase'
          }
          {
            operator: 'LessThan'
            threshold: 30
            direction: 'Decrease'
          }
        ]: {
          metricTrigger: {
            metricName: 'CpuPercentage'
            metricResourceUri: plan.id
            timeGrain: 'PT1M'
            statistic: 'Average'
            timeWindow: 'PT5M'
            timeAggregation: 'Average'
            operator: rule.operator
            threshold: rule.threshold
          }
          scaleAction: {
            direction: rule.direction
            type: 'ChangeCount'
            value: '1'
            cooldown: 'PT10M'
          }
        }]
      }
    ]
  }
}

resource environment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: '${name}-env'
  location: location
  properties: {
    vnetConfiguration: {
      infrastructureSubnetId: appsSubnetId
      internal: true
    }
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: logs.properties.customerId
        sharedKey: logs.listKeys().primarySharedKey
      }
    }
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
  }
}

var secrets = [for secret in secretNames: {
  name: secret
  keyVaultUrl: 'https://${vault}${az.environment().suffixes.keyvaultDns}/secrets/${secret}'
  identity: identityId
}]
var fromSecrets = [for secret in secretNames: {
  name: toUpper(replace(secret, '-', '_'))
  secretRef: secret
}]
var containerEnv = concat(plain, fromSecrets)
var celery = [
  'celery'
  '-A'
  'recsite.celery'
]
var workers = [
  {
    name: 'worker-ml'
    image: 'marquee-worker'
    arguments: ['worker', '--queues', 'ml', '--concurrency', '1']
    cpu: '2.0'
    memory: '4Gi'
    graceSeconds: 600
    max: 1
  }
  {
    name: 'worker-web'
    image: 'marquee-web'
    arguments: ['worker', '--queues', 'web', '--concurrency', '2']
    cpu: '0.5'
    memory: '1Gi'
    graceSeconds: 60
    max: 1
  }
  {
    name: 'beat'
    image: 'marquee-web'
    arguments: ['beat']
    cpu: '0.25'
    memory: '0.5Gi'
    graceSeconds: 30
    max: 1
  }
]

// The folder of a run is in the container: with one ml worker a run that was interrupted is resumed by it.
resource worker 'Microsoft.App/containerApps@2024-03-01' = [for item in workers: {
  name: '${name}-${item.name}'
  location: location
  identity: userAssigned
  properties: {
    environmentId: environment.id
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [
        {
          server: registry
          identity: identityId
        }
      ]
      secrets: secrets
    }
    template: {
      terminationGracePeriodSeconds: item.graceSeconds
      containers: [
        {
          name: item.name
          image: '${registry}/${item.image}:${imageTag}'
          command: concat(celery, item.arguments)
          env: containerEnv
          resources: {
            cpu: json(item.cpu)
            memory: item.memory
          }
        }
      ]
      scale: {
        minReplicas: 1
        maxReplicas: item.max
      }
    }
  }
}]

resource migrate 'Microsoft.App/jobs@2024-03-01' = {
  name: '${name}-migrate'
  location: location
  identity: userAssigned
  properties: {
    environmentId: environment.id
    configuration: {
      triggerType: 'Manual'
      replicaTimeout: 3600
      replicaRetryLimit: 2
      manualTriggerConfig: {
        parallelism: 1
        replicaCompletionCount: 1
      }
      registries: [
        {
          server: registry
          identity: identityId
        }
      ]
      secrets: secrets
    }
    template: {
      containers: [
        {
          name: 'migrate'
          image: '${registry}/marquee-web:${imageTag}'
          command: ['python', 'manage.py', 'migrate', '--no-input']
          env: containerEnv
          resources: {
            cpu: json('0.5')
            memory: '1Gi'
          }
        }
      ]
    }
  }
}

output web string = web.name
output webId string = web.id
output migrateJob string = migrate.name
