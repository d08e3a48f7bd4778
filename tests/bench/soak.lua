-- Sends batches of events with ids of their own at about a set rate; prints what came of it as JSON.
-- Arguments: a file with one authorization in each line, milliseconds between two requests of one
-- connection, events a request, a number for this run, seconds since the epoch.
local auths, at, count = {}, 0, 0
local pause, batch, run, now
local names = { "gameStarted", "purchaseCompleted", "screenViewed", "currencySpent", "adImpression" }

function init(args)
  for line in io.lines(args[1]) do auths[#auths + 1] = line end
  pause, batch, run, now = tonumber(args[2]), tonumber(args[3]), tonumber(args[4]), tonumber(args[5])
  math.randomseed(run)
end

-- Not all connections at once: that would measure the queue that they make.
function delay() return math.floor(pause * 2 * math.random()) end

function request()
  at = at % #auths + 1
  local events = {}
  for place = 1, batch do
    count = count + 1
    local when = now
    -- One event in twenty is late, by up to 30 days.
    if math.random(20) == 1 then when = now - math.random(30 * 86400) end
    events[place] = string.format(
      '{"id":"%08x-0000-4000-8000-%012x","name":"%s","value":"%d","timestamp":"%s",' ..
      '"metadata":{"id":"gems_small","currency":"EUR","level":"%d"}}',
      run, count, names[math.random(#names)], math.random(9999),
      os.date("!%Y-%m-%dT%H:%M:%SZ", when), math.random(60))
  end
  local body = '{"events":[' .. table.concat(events, ",") .. ']}'
  local headers = { ["Authorization"] = auths[at], ["Content-Type"] = "application/json" }
  return wrk.format("POST", nil, headers, body)
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "seconds": %.3f, "failed": %d, "p50_ms": %.2f, "p99_ms": %.2f}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
