-- wrk sends the requests of the file WRK_REQUESTS in turn: one raw HTTP request after the other, separated by
-- a zero byte. In each, {key} becomes a key that was never sent before.
local requests, sent = {}, 0
for request in io.open(os.getenv("WRK_REQUESTS"), "rb"):read("*a"):gmatch("[^%z]+") do
  requests[#requests + 1] = request
end

function request()
  sent = sent + 1
  local key = string.format("%s-%d", os.getenv("WRK_RUN"), sent)
  return (requests[sent % #requests + 1]:gsub("{key}", key))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %d, "p95": %d, "p99": %d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
