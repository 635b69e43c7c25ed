-- The common head of the feeds' scripts: the epoch and head of a channel in this run of Redis.
--
-- A channel is two keys of one slot: a stream of entries with ids <epoch>-<offset>, and a
-- hash {run, epoch, head}. The run id changes whenever Redis starts, and entries may have
-- been lost then: the channel begins a new epoch, and old positions are no longer honoured.
-- An epoch is the time of its beginning in microseconds, so that ids never go down.

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
assert(run, 'redis does not tell its run id')

local function current(stream, meta, life_ms)
  local known = redis.call('HMGET', meta, 'run', 'epoch', 'head')
  if known[1] == run then return known[2], tonumber(known[3]) end
  local time = redis.call('TIME')
  local epoch = tonumber(time[1]) * 1000000 + tonumber(time[2])
  if known[2] then epoch = math.max(epoch, tonumber(known[2]) + 1) end
  epoch = string.format('%.0f', epoch)
  redis.call('DEL', stream)
  redis.call('HSET', meta, 'run', run, 'epoch', epoch, 'head', 0)
  redis.call('PEXPIRE', meta, life_ms)
  return epoch, 0
end

