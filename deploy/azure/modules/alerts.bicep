// E-mails when the site answers errors, fails its health check or runs out of database.
param name string
param alertAddress string
param webId string
param postgresId string

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${name}-people'
  location: 'global'
  properties: {
    groupShortName: take(name, 12)
    enabled: true
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: alertAddress
        useCommonAlertSchema: true
      }
    ]
  }
}

var rules = [
  {
    name: 'health'
    scope: webId
    metric: 'HealthCheckStatus'
    aggregation: 'Average'
    operator: 'LessThan'
    threshold: 100
    text: 'An instance of the web app fails /livez.'
  }
  {
    name: 'errors'
    scope: webId
    metric: 'Http5xx'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 10
    text: 'More than ten answers in five minutes were errors of the server.'
  }
  {
    name: 'storage'
    scope: postgresId
    metric: 'storage_percent'
    aggregation: 'Average'
    operator: 'GreaterThan'
    threshold: 80
    text: 'The disk of PostgreSQL is filled to more than 80 %.'
  }
  {
    name: 'connections'
    scope: postgresId
    metric: 'connections_failed'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 5
    text: 'PostgreSQL refused more than five connections in five minutes.'
  }
]

resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = [for rule in rules: {
  name: '${name}-${rule.name}'
  location: 'global'
  properties: {
    description: rule.text
    severity: 2
    enabled: true
    scopes: [
      rule.scope
    ]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: rule.name
          metricName: rule.metric
          timeAggregation: rule.aggregation
          operator: rule.operator
          threshold: rule.threshold
          criterionType: 'StaticThresholdCriterion'
        }
      ]
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}]
