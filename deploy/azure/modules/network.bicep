// One virtual network: subnets for web, Container Apps, PostgreSQL and private endpoints, and their names.
param name string
param location string

resource network 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: '${name}-net'
  location: location
  properties: {
    addressSpace: {
      addressPrefixes: [
        '10.20.0.0/16'
      ]
    }
    subnets: [
      {
        name: 'web'
        properties: {
          addressPrefix: '10.20.0.0/24'
          delegations: [
            {
              name: 'web'
              properties: {
                serviceName: 'Microsoft.Web/serverFarms'
              }
            }
          ]
        }
      }
      {
        name: 'apps'
        properties: {
          addressPrefix: '10.20.2.0/23'
          delegations: [
            {
              name: 'apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'database'
        properties: {
          addressPrefix: '10.20.4.0/24'
          delegations: [
            {
              name: 'database'
              properties: {
                serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: '10.20.5.0/24'
        }
      }
    ]
  }
}

var zones = [
  '${name}.private.postgres.database.azure.com'
  'privatelink.redis.azure.net'
  'privatelink.blob.${az.environment().suffixes.storage}'
]

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = [for item in zones: {
  name: item
  location: 'global'
}]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [for (item, index) in zones: {
  parent: zone[index]
  name: '${name}-link'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}]

output webSubnetId string = '${network.id}/subnets/web'
output appsSubnetId string = '${network.id}/subnets/apps'
output databaseSubnetId string = '${network.id}/subnets/database'
output endpointSubnetId string = '${network.id}/subnets/endpoints'
output databaseZoneId string = zone[0].id
output redisZoneId string = zone[1].id
output blobZoneId string = zone[2].id
