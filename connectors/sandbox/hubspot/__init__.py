"""A strict HubSpot on loopback: the state of one portal and the HTTP that the vendor puts in front of it.

    Portal (portal.py)          what the portal holds, and how a seed or a "person" changes it
    build(portal, ...) (app.py) the same over HTTP, with the vendor's refusals, quotas, lags and bodies

Written against recorded answers and documentation, not against our connector, which it never imports.
"""
