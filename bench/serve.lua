-- Requests of bench/serve.sh: wrk's one of the three, 20 ms after the last answer.
local what = os.getenv("WHAT")

function request()
  if what == "step" then
    local body = '{"model":"llama3.1-405b","system":"h100-sxm","gpus":16384,"seq":8192,"global_batch":2048,"tp":8,"pp":16,"vpp":7}'
    return wrk.format("POST", "/api/step", { ["Content-Type"] = "application/json" }, body)
  end
  return wrk.format("GET", "/api/" .. what)
end

function delay()
  return 20
end
