// PostgreSQL with pgvector, Managed Redis, blobs for models and pictures, and the vault of secrets.
param name string
param location string
param vault string
param principalId string
@secure()
param secretKey string

@secure()
param secretKeyFallbacks string
@secure()
param postgresPassword string
@secure()
param emailUrl string
@secure()
param metricsToken string
@secure()
param furtherSecrets object
param postgresSku string
param postgresStorageGb int
param redisSku string
param databaseSubnetId string
param endpointSubnetId string
param databaseZoneId string
param redisZoneId string
param blobZoneId string

var writeBlobs = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var readSecrets = '4633458b-17de-408a-b874-0445c86b69e6'

resource postgres 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${name}-${take(uniqueString(resourceGroup().id), 8)}-db'
  location: location
  sku: {
    name: postgresSku
    tier: 'GeneralPurpose'
  }
  properties: {
    version: '17'
    administratorLogin: 'marquee'
    administratorLoginPassword: postgresPassword
    storage: {
      storageSizeGB: postgresStorageGb
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: 14
      geoRedundantBackup: 'Disabled'
    }
    network: {
      delegatedSubnetResourceId: databaseSubnetId
      privateDnsZoneArmResourceId: databaseZoneId
    }
  }

  resource extensions 'configurations' = {
    name: 'azure.extensions'
    properties: {
      value: 'VECTOR'
      source: 'user-override'
    }
  }

  resource database 'databases' = {
    name: 'marquee'
    properties: {
      charset: 'UTF8'
      collation: 'en_US.utf8'
    }
    dependsOn: [
      extensions
    ]
  }
}

resource redis 'Microsoft.Cache/redisEnterprise@2025-04-01' = {
  name: '${name}-${take(uniqueString(resourceGroup().id), 8)}-redis'
  location: location
  sku: {
    name: redisSku
  }
  properties: {
    minimumTlsVersion: '1.2'
  }

  // One shard without a cluster: Celery's broker uses commands over several keys.
  resource database 'databases' = {
    name: 'default'
    properties: {
      clientProtocol: 'Encrypted'
      port: 10000
      clusteringPolicy: 'NoCluster'
      evictionPolicy: 'NoEviction'
      accessKeysAuthentication: 'Enabled'
    }
  }
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: '${name}${take(uniqueString(resourceGroup().id), 8)}'
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Disabled'
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: {
        enabled: true
        days: 14
      }
    }

    resource media 'containers' = {
      name: 'media'
    }
  }
}

resource endpoints 'Microsoft.Network/privateEndpoints@2024-01-01' = [for item in [
  {
    name: 'redis'
    id: redis.id
    group: 'redisEnterprise'
  }
  {
    name: 'blob'
    id: storage.id
    group: 'blob'
  }
]: {
  name: '${name}-${item.name}'
  location: location
  properties: {
    subnet: {
      id: endpointSubnetId
    }
    privateLinkServiceConnections: [
      {
        name: item.name
        properties: {
          privateLinkServiceId: item.id
          groupIds: [
            item.group
          ]
        }
      }
    ]
  }
}]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-01-01' = [for (zone, index) in [
  redisZoneId
  blobZoneId
]: {
  parent: endpoints[index]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: 'default'
        properties: {
          privateDnsZoneId: zone
        }
      }
    ]
  }
}]

resource keys 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: vault
  location: location
  properties: {
    tenantId: subscription().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
  }
}

var server = postgres.properties.fullyQualifiedDomainName
var cache = redis.properties.hostName

resource secretKeySecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: keys
  name: 'secret-key'
  properties: {
    value: secretKey
  }
}

resource secretKeyFallbacksSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: keys
  name: 'secret-key-fallbacks'
  properties: {
    value: secretKeyFallbacks
  }
}

resource databaseUrl 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: keys
  name: 'database-url'
  properties: {
    value: 'postgresql://marquee:${uriComponent(postgresPassword)}@${server}:5432/marquee?sslmode=require'
  }
}

resource redisUrl 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: keys
  name: 'redis-url'
  properties: {
    value: 'rediss://:${uriComponent(redis::database.listKeys().primaryKey)}@${cache}:10000/0'
  }
}

resource email 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: keys
  name: 'email-url'
  properties: {
    value: emailUrl
  }
}

resource metrics 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: keys
  name: 'metrics-token'
  properties: {
    value: metricsToken
  }
}

resource further 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = [for secret in items(furtherSecrets): {
  parent: keys
  name: toLower(replace(secret.key, '_', '-'))
  properties: {
    value: secret.value
  }
}]

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(keys.id, principalId, readSecrets)
  scope: keys
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', readSecrets)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource writer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, principalId, writeBlobs)
  scope: storage
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', writeBlobs)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

output vault string = keys.name
output storageAccount string = storage.name
output postgresId string = postgres.id
