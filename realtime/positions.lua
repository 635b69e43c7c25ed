-- Keep a courier's position unless a later one is known, and note that it changed.
--
-- KEYS[1]  hash courier -> "lat lon at", at in ms since 1970; "" once forgotten
-- KEYS[2]  sorted set courier -> when it last changed, ms of this server's clock
-- ARGV     courier, lat, lon, at (ms since 1970), life (ms), now (ms, the caller's clock)
-- Returns 1 when kept, 0 when a later one was there.

local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and known ~= '' then
  local at = tonumber(string.match(known, '%S+$'))
  local alive = at > tonumber(ARGV[6]) - tonumber(ARGV[5])
  if alive and at > tonumber(ARGV[4]) then return 0 end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
redis.call('ZADD', KEYS[2], now, ARGV[1])
-- What nobody reported for long goes, a few at a time.
local old = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[5], 'LIMIT', 0, 16)
for _, courier in ipairs(old) do
  redis.call('HDEL', KEYS[1], courier)
  redis.call('ZREM', KEYS[2], courier)
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 1
