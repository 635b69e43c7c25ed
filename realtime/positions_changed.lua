-- Give what changed since an instant of this server's clock, in one look.
--
-- KEYS, as in positions.lua. ARGV: since (ms)
-- Returns now (ms), then courier and "lat lon at" ("" once forgotten) by turns. Whatever changes
-- later has `now` or more, so the next look from there misses nothing.

local time = redis.call('TIME')
local answer = {tostring(time[1] * 1000 + math.floor(time[2] / 1000))}
local changed = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], '+inf')
for first = 1, #changed, 500 do
  local some = {unpack(changed, first, math.min(first + 499, #changed))}
  local places = redis.call('HMGET', KEYS[1], unpack(some))
  for n, courier in ipairs(some) do
    answer[#answer + 1] = courier
    answer[#answer + 1] = places[n] or ''
  end
end
return answer
