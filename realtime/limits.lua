-- Count one hit against several sliding windows at once: all of them or none.
--
-- KEYS[1]   list of the instants (ms) of counted hits, oldest first
-- ARGV[1]   now (ms since 1970)
-- ARGV[2..] pairs: how many hits, within how many ms
-- Returns 0 when counted, else the ms to wait until it would be (at least 1).
--
-- The list holds no more than the largest count, so the windows are exact, not estimated.

local key, now = KEYS[1], tonumber(ARGV[1])

-- A process whose clock is behind must not write the past after the present.
local newest = tonumber(redis.call('LINDEX', key, -1) or 0)
if newest > now then now = newest end

local wait, longest, most = 0, 0, 0
for i = 2, #ARGV, 2 do
  local count, window = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local oldest = redis.call('LINDEX', key, -count)
  if oldest then
    wait = math.max(wait, tonumber(oldest) + window - now)
  end
  longest = math.max(longest, window)
  most = math.max(most, count)
end
if wait > 0 then return wait end

redis.call('RPUSH', key, string.format('%.0f', now))
redis.call('LTRIM', key, -most, -1)
redis.call('PEXPIRE', key, longest)
return 0
