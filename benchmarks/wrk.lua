-- Sends requests that were written to a file beforehand, one after the other and round again, and counts the answers
-- that are not 200 or lack what all of them contain (benchmarks/wrk.py, which writes the file and reads what is printed).
-- Arguments: the file of the requests, the number of the first one to send, and what every answer contains.

local threads = {}
local requests, marks = {}, {}
local following = 0
wrong, sample = 0, ""

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  while true do
    local length = file:read("*n")
    if not length then break end
    file:read(1)
    requests[#requests + 1] = file:read(length)
  end
  file:close()
  following = tonumber(args[2])
  for place = 3, #args do marks[#marks + 1] = args[place] end
end

function request()
  local message = requests[following % #requests + 1]
  following = following + 1
  return message
end

function response(status, headers, body)
  local right = status == 200
  for _, mark in ipairs(marks) do right = right and body:find(mark, 1, true) ~= nil end
  if not right then
    wrong = wrong + 1
    sample = status .. " " .. body:sub(1, 600)
  end
end

function done(summary, latency, counts)
  local failed = summary.errors
  local missed = failed.connect + failed.read + failed.write + failed.timeout
  local wrong, sample = 0, ""
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("wrong")
    sample = sample .. thread:get("sample")
  end
  print(("measured %d %d %d %s"):format(summary.requests, summary.duration, wrong + missed, sample:gsub("%s+", " ")))
end
