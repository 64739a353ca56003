-- What wrk sends and how it tells what it saw: the arguments are method, target, host, body's length, headers (0 or more), token.
function init(args)
  wrk.method, wrk.path = args[1], args[2]
  wrk.headers["Host"] = args[3]
  if args[1] == "POST" then
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = string.rep("x", tonumber(args[4]))
  end
  if args[5] == "12" then
    wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    wrk.headers["Accept"] = "application/json, text/plain, */*"
    wrk.headers["Accept-Language"] = "en-US,en;q=0.5"
    wrk.headers["Accept-Encoding"] = "gzip, deflate, br, zstd"
    wrk.headers["Referer"] = "http://127.0.0.1/page"
    wrk.headers["Content-Type"] = "application/json"
    wrk.headers["Cache-Control"] = "no-cache"
    wrk.headers["Cookie"] = "sid=0123456789abcdef0123456789abcdef; theme=dark"
    wrk.headers["X-Request-Id"] = "c0ffee00-1111-2222-3333-444455556666"
    wrk.headers["X-Trace"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    wrk.headers["Authorization"] = "Bearer the-client's-own"
  end
  if args[5] == "close" then wrk.headers["Connection"] = "close" end
  if args[6] then wrk.headers["Authorization"] = "Bearer " .. args[6] end
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "bytes": %d, "p50": %f, "p99": %f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout))
end
