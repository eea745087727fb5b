"""A strict, stateful Salesforce on loopback: what the vendor would refuse is refused, with the vendor's status and words.

    HTTP  ->  app.py  ->  oauth.py                          who is it
                      ->  query.py   -> soql/               reads, cursors
                      ->  rest.py, collections, composite   writes, one or 200 at a time
                      ->  bulk_query.py, bulk_ingest.py     jobs
                      ->  deploy.py                         custom fields and permission sets
                                 all over  org.py           schema, records, users, clock, knobs

    serve(build(Org(clock), Faults(), Audit()))

Nothing here knows our connector, and our connector knows nothing of it but a URL.
"""
