-- receipts.lua: the attempts of one race.
--
-- KEYS  record, log    ARGV  1 version (0: the log of claims at any version)
-- Returns {partial 0|1, cut, entries}, entries flat: "CLAIMANT REQUEST",
-- "arrival when version answer", ... in no order. Changes nothing.

local run = run_id()
local flat = redis.call('HGETALL', KEYS[2])
local meta, entries = {}, {}
for i = 1, #flat, 2 do
  if string.sub(flat[i], 1, 2) == 'r:' then
    entries[#entries + 1] = string.sub(flat[i], 3)
    entries[#entries + 1] = flat[i + 1]
  else
    meta[flat[i]] = flat[i + 1]
  end
end

local function partial()
  if meta.n then return meta.pt == '1' or meta.run ~= run end
  -- No attempt is known: true only while the very record of that race is whole.
  local rec = redis.call('HMGET', KEYS[1], 'v', 'run', 'pt')
  local same = rec[1] == ARGV[1] or (rec[1] and ARGV[1] == '0')
  return not (same and rec[2] == run and rec[3] == '0')
end

return {partial() and 1 or 0, tonumber(meta.cut) or 0, entries}
