-- Keep a courier's position unless a later one is known.
--
-- KEYS[1]  hash {lat, lon, at}
-- ARGV     lat, lon, at (ms since 1970), life (ms)
-- Returns 1 when kept, 0 when a later one was there.

local known = redis.call('HGET', KEYS[1], 'at')
if known and tonumber(known) > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'lat', ARGV[1], 'lon', ARGV[2], 'at', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
