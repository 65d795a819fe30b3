-- The same request for wrk.
wrk.method = "POST"
wrk.body = '{"customer_id":"c-1","message":"Where is my parcel?"}'
wrk.headers["Content-Type"] = "application/json"
