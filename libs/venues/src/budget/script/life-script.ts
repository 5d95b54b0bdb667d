/**
 * Which life a venue's budget is in. A life ends with its key, and with the server: after a restart, or on a replica that was
 * promoted, the state may be an older copy. Then this script is the twin of `newLife` in `domain/rate-limit`. A server
 * that tells no `run_id` counts as the same for ever.
 *
 * KEYS  1 life, 2 clock
 * ARGV  1 an id for a new life, 2 now in ms (tests only)
 * Answers the id of the life and its age in ms.
 */
export const LIFE_SCRIPT = String.raw`
local now = tonumber(ARGV[2])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local function whole(n) return string.format('%.0f', n) end
local told = redis.pcall('INFO', 'server')
local server = type(told) == 'string' and string.match(told, 'run_id:(%w+)') or '-'
local known = redis.call('GET', KEYS[1])
local id, born, of = string.match(known or '', '^(%S+) (%d+) (%S+)$')
if of ~= server then
  id, born = ARGV[1], whole(now)
  redis.call('SET', KEYS[1], id .. ' ' .. born .. ' ' .. server)
  local kept = redis.call('GET', KEYS[2])
  if known or kept then
    local clock = kept and cjson.decode(kept) or { backs = 0, offset = 0 }
    clock.lastNow, clock.backs, clock.life, clock.samples = now, clock.backs + 1, (clock.life or 0) + 1, {}
    redis.call('SET', KEYS[2], cjson.encode(clock))
  end
end
return id .. ' ' .. whole(now - tonumber(born))
`;
