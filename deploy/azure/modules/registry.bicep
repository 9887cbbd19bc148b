// What must exist before images can be built and pulled: the registry and the identity that pulls.
param name string
param location string = resourceGroup().location

var pull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-id'
  location: location
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: '${name}${take(uniqueString(resourceGroup().id), 8)}'
  location: location
  sku: {
    name: 'Basic'
  }
  properties: {
    adminUserEnabled: false
  }
}

resource puller 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, identity.id, pull)
  scope: registry
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', pull)
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

output registry string = registry.properties.loginServer
output registryName string = registry.name
