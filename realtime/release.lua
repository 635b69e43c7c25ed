-- Forget who holds a terminal's socket, if it still is this connection.
--
-- KEYS[1]  hash {process, epoch}
-- ARGV     epoch of the connection
-- Returns 1 when forgotten, 0 when another connection holds it.

if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
