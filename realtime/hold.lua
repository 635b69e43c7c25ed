-- Note which process holds a terminal's socket, unless a later connection is known.
--
-- KEYS[1]  hash {process, epoch}
-- ARGV     process, epoch of the connection, life (ms)
-- Returns 1 when noted, 0 when a later connection was there.

local known = redis.call('HGET', KEYS[1], 'epoch')
if known and tonumber(known) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'process', ARGV[1], 'epoch', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
