-- Sends one prepared request of several in turn; prints what came of it as JSON.
-- Arguments: a file with lines "<authorization>\t<body>", the method.
local prepared, at = {}, 0

function init(args)
  local method = args[2]
  for line in io.lines(args[1]) do
    local auth, body = line:match("^([^\t]*)\t(.*)$")
    local headers = { ["Authorization"] = auth, ["Content-Type"] = "application/json" }
    prepared[#prepared + 1] = wrk.format(method, nil, headers, body ~= "" and body or nil)
  end
end

function request()
  at = at % #prepared + 1
  return prepared[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "seconds": %.3f, "failed": %d, "p50_ms": %.2f, "p99_ms": %.2f}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
