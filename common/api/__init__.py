"""What every part of the REST API shares. It knows neither films nor people.

Problem details, limits, pages and conditional requests are the same for each endpoint, so they
stand below the apps that have endpoints.
"""
