-- wrk: getResponse for one task over keep-alive, each connection at its own pace.
local uuid = os.getenv("LOAD_TASK")
local pause_ms = tonumber(os.getenv("LOAD_PAUSE_MS"))

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '[{"taskType":"getResponse","taskUUID":"' .. uuid .. '"}]'

function delay()
    return pause_ms
end

local wrong = 0

function response(status, headers, body)
    if status ~= 200 or body:sub(1, 8) ~= '{"data":' then
        wrong = wrong + 1
    end
end

function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format(
        '{"requestsPerSecond": %.0f, "errors": %d, "p50Ms": %.2f, "p99Ms": %.2f, "maxMs": %.2f}\n',
        summary.requests / (summary.duration / 1e6),
        e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50) / 1000,
        latency:percentile(99) / 1000, latency.max / 1000))
end
