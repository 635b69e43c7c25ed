-- Give what came after a position, if every entry of it is still there.
--
-- KEYS[1]   stream
-- KEYS[2]   meta
-- ARGV[1]   life of an unused channel, ms
-- ARGV[2]   epoch of the position
-- ARGV[3]   offset of the position
-- ARGV[4]   most entries to give; more to catch up counts as lost
-- Returns {whole (1 or 0), epoch, head, entries}.

local epoch, head = current(KEYS[1], KEYS[2], ARGV[1])
local offset = tonumber(ARGV[3])
local behind = head - offset
if epoch ~= ARGV[2] or behind < 0 or behind > tonumber(ARGV[4]) then
  return {0, epoch, head, {}}
end
if behind == 0 then return {1, epoch, head, {}} end

local entries = redis.call('XRANGE', KEYS[1], epoch .. '-' .. ARGV[3] + 1, '+')
-- The stream is bounded: the entries after the position may have been trimmed by now.
if #entries ~= behind then return {0, epoch, head, {}} end
return {1, epoch, head, entries}
