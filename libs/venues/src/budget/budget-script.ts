import { FAIR_SHARE_LUA, GIVE_BACK_SHARES_LUA } from './fair-share-script.js';

/**
 * The budget's scripts. Each is the twin of the function of its name in `domain/rate-limit`, which is the
 * specification; a differential test on a real Redis keeps them equal. They are text in a module because
 * the build copies no assets.
 *
 * KEYS  1 clock, 2 announced, 3 holds, 4 crossings, 5 names, 6 token, then one per draw
 * ARGV  1 what all keys of the venue begin with, 2 the request as JSON, 3 now in ms (tests only: the clock
 *       of Redis rules when it is absent)
 *
 * Every state is one JSON string. Limit states have no expiry: a missing key must mean a wipe, never
 * idleness. All keys of a venue share one hash tag, so the limit keys that a sweep finds in a token's
 * record are in the same slot as the declared ones. Numbers stay whole and below 10^14, which is what
 * `cjson` writes exactly; `%d` is avoided, as it cuts to 32 bits on the embedded server.
 */
const PRELUDE = String.raw`
local SAMPLE_LIFE, UNKNOWN_ERROR, MAX_SAMPLES = 60000, 5000, 16
local MIN_COLD, KEEP_WINDOW = 15000, 60000
local TOKEN_LIFE_MS = 900000
local STREAM_LENGTH = 100000

local base = ARGV[1]
local request = cjson.decode(ARGV[2])
local now = tonumber(ARGV[3])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function whole(n) return string.format('%.0f', n) end
local function read(key)
  local text = redis.call('GET', key)
  if text then return cjson.decode(text) end
  return nil
end

local clock = read(KEYS[1]) or { lastNow = 0, backs = 0, offset = 0, samples = {} }
local announced = read(KEYS[2]) or {}

-- limit states touched by this run, written back once by save()
local states, dirty = {}, {}
local function state_of(name)
  if states[name] == nil then states[name] = read(base .. name) or false end
  return states[name] or nil
end
local function put_state(name, state)
  states[name] = state
  dirty[name] = true
end
local function save()
  redis.call('SET', KEYS[1], cjson.encode(clock))
  for name in pairs(dirty) do
    redis.call('SET', base .. name, cjson.encode(states[name]))
    redis.call('SADD', KEYS[5], name)
  end
end
local function save_token(key, token)
  local life = math.max(token.holdUntil - now, 0) + TOKEN_LIFE_MS
  redis.call('SET', key, cjson.encode(token), 'PX', whole(life))
end

local function clock_view()
  if now >= clock.lastNow then
    for _, sample in ipairs(clock.samples) do
      if sample.at >= now - SAMPLE_LIFE then return sample.offset, sample.error end
    end
  end
  return clock.offset, UNKNOWN_ERROR
end
local function note_time()
  if now < clock.lastNow then
    clock.samples = {}
    clock.backs = clock.backs + 1
  end
  clock.lastNow = now
end
local function add_sample(sent, replied, venue_ms, slack)
  local sample = {
    offset = venue_ms - math.floor((sent + replied) / 2),
    error = math.ceil((replied - sent) / 2) + slack + 1,
    at = replied,
  }
  local kept = {}
  for _, s in ipairs(clock.samples) do
    if s.at >= replied - SAMPLE_LIFE and s.error < sample.error and #kept < MAX_SAMPLES - 1 then kept[#kept + 1] = s end
  end
  kept[#kept + 1] = sample
  clock.samples = kept
  clock.offset = kept[1].offset
end

local function touched(from, to, size)
  local starts = {}
  local start = math.floor(from / size) * size
  while start <= to do
    starts[#starts + 1] = start
    start = start + size
  end
  return starts
end
local function cold_end(size) return now + math.max(size, MIN_COLD) end
local function cold_state(size)
  return { cold = cold_end(size), closed = 0, halved = 0, strike1 = 0, strike2 = 0, windows = {} }
end
local function fetch_or_cold(name, size)
  local state = state_of(name) or cold_state(size)
  put_state(name, state)
  return state
end
local function window_of(state, start)
  local key = whole(start)
  local window = state.windows[key]
  if not window then
    window = { used = 0, inFlight = 0, settled = 0, crossed = 0, readAt = 0 }
    state.windows[key] = window
  end
  return window
end
local function is_past(start, size, offset, err) return start + size + KEEP_WINDOW < now + offset - err end
local function prune(state, size, offset, err)
  for key in pairs(state.windows) do
    if is_past(tonumber(key), size, offset, err) then state.windows[key] = nil end
  end
end
local function in_force(id, defined)
  local entry = announced[id]
  if entry and entry.limit > 0 then return entry.limit end
  return defined
end

local crossings = {}
local function take_crossings(state, draw, limit, offset, refused)
  local size = draw.windowMs
  local current = math.floor((now + offset) / size) * size
  local starts = {}
  for key in pairs(state.windows) do starts[#starts + 1] = tonumber(key) end
  table.sort(starts)
  for _, start in ipairs(starts) do
    if start <= current then
      local window = window_of(state, start)
      for _, threshold in ipairs({ 50, 90, 100 }) do
        local reached = window.used * 100 >= limit * threshold or (refused and start == current)
        if reached and threshold > window.crossed then
          window.crossed = threshold
          crossings[#crossings + 1] = {
            limit = draw.id, scope = draw.scope, window = start, windowMs = size,
            threshold = threshold, used = window.used, limitValue = limit, at = now,
          }
          redis.call('XADD', KEYS[4], 'MAXLEN', '~', whole(STREAM_LENGTH), '*', 'crossing',
            cjson.encode(crossings[#crossings]))
        end
      end
    end
  end
end

-- takes an open reservation out of the windows it was counted in
local function uncount(state, part)
  for _, w in ipairs(part.windows) do
    local window = state.windows[whole(w.start)]
    if window then
      window.used = window.used - part.cost
      window.inFlight = window.inFlight - part.cost
    end
  end
end
`;

/** Twin of `reserve`. Writes no limit state when it refuses; only who waits is noted, under keys of its own. */
export const RESERVE_SCRIPT = `${PRELUDE}${FAIR_SHARE_LUA}${String.raw`
local offset, err = clock_view()
local known = read(KEYS[6])
if known then
  return cjson.encode({
    granted = true, at = known.at, holdUntil = known.holdUntil, offset = offset, error = err, crossings = {},
  })
end

local IN_FLIGHT_RETRY, OPENING_STEP = 100, 100
local OPENING_ORDER = { cancel = 0, reduce = 1, place = 2, query = 3 }
local GRAVITY = { fair_share = 0, exhausted = 1, cold = 2, banned = 3 }

local function allowance(state, draw)
  local allowed = math.floor(in_force(draw.id, draw.limit) * draw.ceiling / 1000)
  if now < state.halved and request.priority ~= 'cancel' then return math.floor(allowed / 2) end
  return allowed
end
local function deny_by_windows(state, draw)
  local allowed, till, venue_now = allowance(state, draw), 0, now + offset
  for _, start in ipairs(touched(venue_now - err, venue_now + request.holdMs + err, draw.windowMs)) do
    local window = state.windows[whole(start)]
    local used = window and window.used or 0
    if used + draw.cost > allowed then
      local over = start + draw.windowMs + err - offset
      if used - (window and window.inFlight or 0) + draw.cost <= allowed then
        over = math.min(over, now + IN_FLIGHT_RETRY)
      end
      till = math.max(till, over)
    end
  end
  if till > 0 then return 'exhausted', till end
  return nil
end
local function deny(draw)
  local state = state_of(draw.name)
  if state and state.closed > 0 then
    local opens = state.closed + OPENING_ORDER[request.priority] * OPENING_STEP
    if now < opens then return draw.kind == 'ban' and 'banned' or 'exhausted', opens end
  end
  if draw.kind == 'ban' or draw.cost == 0 or request.mode == 'probe' then return nil end
  if not state then return 'cold', cold_end(draw.windowMs) end
  if now < state.cold then return 'cold', state.cold end
  return deny_by_windows(state, draw)
end

if request.mode ~= 'adopt' then
  local retry_at, worst, worst_until, limit, cold, denials = 0, nil, 0, '', {}, {}
  for _, draw in ipairs(request.draws) do
    local reason, till = deny(draw)
    local strategy = false
    if not reason then reason, till, strategy = deny_by_turn(draw, deny, allowance) end
    if reason then
      denials[#denials + 1] = { draw = draw, reason = reason, till = till, strategy = strategy }
      retry_at = math.max(retry_at, till)
      if reason == 'cold' then cold[#cold + 1] = draw.id end
      if not worst or GRAVITY[reason] > GRAVITY[worst] or (reason == worst and till > worst_until) then
        worst, worst_until, limit = reason, till, draw.id
      end
    end
  end
  if worst then
    wait_for_turns(denials, allowance)
    return cjson.encode({ granted = false, now = now, retryAt = retry_at, limit = limit, reason = worst, cold = cold })
  end
end

note_time()
local at = request.mode == 'adopt' and math.min(request.at, now) or now
local hold_until = at + request.holdMs
local parts = {}
for _, draw in ipairs(request.draws) do
  if draw.kind ~= 'ban' then
    local state = fetch_or_cold(draw.name, draw.windowMs)
    prune(state, draw.windowMs, offset, err)
    local windows = {}
    for i, start in ipairs(touched(at + offset - err, hold_until + offset + err, draw.windowMs)) do
      local window = window_of(state, start)
      window.used = window.used + draw.cost
      window.inFlight = window.inFlight + draw.cost
      windows[i] = { start = start, seen = window.settled }
    end
    parts[#parts + 1] = {
      name = draw.name, id = draw.id, scope = draw.scope, limit = draw.limit, windowMs = draw.windowMs,
      cost = draw.cost, onSuccess = draw.onSuccess, windows = windows,
    }
    take_crossings(state, draw, in_force(draw.id, draw.limit), offset, false)
  end
end
save()
save_token(KEYS[6], {
  at = at, holdUntil = hold_until, backs = clock.backs, phase = 'open', parts = parts, direct = take_turns(),
})
redis.call('ZADD', KEYS[3], whole(hold_until), request.token)
return cjson.encode({
  granted = true, at = at, holdUntil = hold_until, offset = offset, error = err, crossings = crossings,
})
`}`;

/** Twin of `settle`. */
export const SETTLE_SCRIPT = `${PRELUDE}${String.raw`
local SWEEP_BATCH, STRIKE_SPAN, HALVED = 32, 300000, 600000

local before = read(KEYS[6])
if before and (before.phase == 'settled' or before.phase == 'released') then
  return cjson.encode({ kind = 'repeated', crossings = {}, corrections = {} })
end
if before and request.outcome == 'unknown' and request.repliedAt < 0 then
  return cjson.encode({ kind = 'kept', crossings = {}, corrections = {} })
end
note_time()

-- an unsettled token is spent at its hold end: the cost stands in every window it may have arrived in
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', whole(now), 'LIMIT', 0, SWEEP_BATCH)) do
  local key = base .. 'token:' .. id
  local held = read(key)
  if held and held.phase == 'open' then
    held.phase = 'spent'
    for _, part in ipairs(held.parts) do
      local state = state_of(part.name)
      if state then
        for _, w in ipairs(part.windows) do
          local window = state.windows[whole(w.start)]
          if window then
            window.inFlight = window.inFlight - part.cost
            window.settled = window.settled + part.cost
          end
        end
        put_state(part.name, state)
      end
    end
    save_token(key, held)
  end
  redis.call('ZREM', KEYS[3], id)
end

local token = read(KEYS[6])
local function call_span()
  local reserved_at = now
  if token then reserved_at = token.at elseif request.sentAt >= 0 then reserved_at = request.sentAt end
  local earliest, sent, replied = math.min(reserved_at, now), request.sentAt, request.repliedAt
  if sent < earliest or sent > now or replied > now then return earliest, now end
  if replied < 0 then return sent, now end
  if replied < sent then return earliest, now end
  return sent, replied
end
local steady = token and token.backs == clock.backs
local sent_at, replied_at
if token and not steady then
  sent_at, replied_at = now - (token.holdUntil - token.at), now
else
  sent_at, replied_at = call_span()
end
if steady and request.venueMs >= 0 then add_sample(sent_at, replied_at, request.venueMs, request.venueSlackMs) end
local offset, err = clock_view()
local from, to = sent_at + offset - err, replied_at + offset + err
local corrections = {}

local function apply_reading(state, draw, part, own, start, told)
  local window = window_of(state, start)
  if window.readAt > sent_at then return end
  local seen = 0
  for _, w in ipairs(part and part.windows or {}) do
    if w.start == start then seen = w.seen end
  end
  local used = told + window.inFlight + math.max(0, window.settled - own - seen)
  corrections[#corrections + 1] = { limit = draw.id, scope = draw.scope, delta = used - window.used }
  window.used = used
  window.readAt = sent_at
  if token then state.cold = 0 end
end

local function settle_draw(draw)
  local state = fetch_or_cold(draw.name, draw.windowMs)
  local part
  for _, p in ipairs(token and token.parts or {}) do
    if p.name == draw.name then part = p end
  end
  local final = request.outcome == 'success' and draw.onSuccess or draw.cost
  local starts = touched(from, to, draw.windowMs)
  if not token or token.phase ~= 'spent' then
    if part then uncount(state, part) end
    for _, start in ipairs(starts) do
      if not is_past(start, draw.windowMs, offset, err) then
        local window = window_of(state, start)
        window.used = window.used + final
        window.settled = window.settled + final
      end
    end
  end
  for _, reading in ipairs(request.readings) do
    if reading.name == draw.name and #starts == 1 then
      apply_reading(state, draw, part, final, starts[1], reading.used)
    end
  end
  prune(state, draw.windowMs, offset, err)
  take_crossings(state, draw, in_force(draw.id, draw.limit), offset, false)
end

local function strike(state)
  if state.strike1 > 0 and now - state.strike1 <= STRIKE_SPAN then
    state.halved = now + HALVED
    state.strike1, state.strike2 = 0, 0
    return
  end
  state.strike1, state.strike2 = state.strike2, now
end
local function close(draw, ms)
  local banned = draw.kind == 'ban'
  local state = fetch_or_cold(draw.name, draw.windowMs)
  if banned then state.cold = 0 end
  local venue_now, window_over = now + offset, now
  if draw.windowMs > 0 then
    window_over = (math.floor(venue_now / draw.windowMs) + 1) * draw.windowMs + err - offset
  end
  state.closed = math.max(state.closed, ms >= 0 and now + ms or window_over)
  if banned then return end
  strike(state)
  window_of(state, math.floor(venue_now / draw.windowMs) * draw.windowMs)
  take_crossings(state, draw, in_force(draw.id, draw.limit), offset, true)
end

for _, draw in ipairs(request.draws) do
  if draw.kind == 'fixed_window' then settle_draw(draw) end
end
for _, draw in ipairs(request.draws) do
  for _, closure in ipairs(request.closures) do
    if closure.name == draw.name then close(draw, closure.ms) end
  end
end
if token then
  token.phase = 'settled'
  save_token(KEYS[6], token)
  redis.call('ZREM', KEYS[3], request.token)
end
save()
return cjson.encode({ kind = token and 'settled' or 'lost', crossings = crossings, corrections = corrections })
`}`;

/** Twin of `release`. */
export const RELEASE_SCRIPT = `${PRELUDE}${GIVE_BACK_SHARES_LUA}${String.raw`
local held = read(KEYS[6])
if not held or held.phase ~= 'open' then return cjson.encode({ released = false }) end
for _, part in ipairs(held.parts) do
  local state = state_of(part.name)
  if state then
    uncount(state, part)
    put_state(part.name, state)
  end
end
give_back_shares(held)
held.phase = 'released'
save_token(KEYS[6], held)
redis.call('ZREM', KEYS[3], request.token)
save()
return cjson.encode({ released = true })
`}`;

/** Twin of `rebuild`. */
export const REBUILD_SCRIPT = `${PRELUDE}${String.raw`
local draw = request.draw
local offset, err = clock_view()
local needed = touched(now + offset - err, now + offset + err, draw.windowMs)
local known = state_of(draw.name)
if known and now >= known.cold then return cjson.encode({ cold = false, needed = needed }) end

local state = fetch_or_cold(draw.name, draw.windowMs)
local booked = {}
for _, b in ipairs(request.booked) do
  local window = window_of(state, b.start)
  window.used = math.max(window.used, b.used)
  booked[whole(b.start)] = true
end
local complete = true
for _, start in ipairs(needed) do
  if not booked[whole(start)] then complete = false end
end
if complete then state.cold = 0 end
save()
return cjson.encode({ cold = not complete, needed = needed })
`}`;

/** Twin of `announce`. */
export const ANNOUNCE_SCRIPT = `${PRELUDE}${String.raw`
local RAISE_CONFIRM = 60000
local told = request.announced
local before = in_force(request.id, request.defined)
local entry = announced[request.id] or { limit = 0, pending = 0, pendingAt = 0 }
announced[request.id] = entry
if told <= before then
  entry.limit, entry.pending, entry.pendingAt = told, 0, 0
elseif entry.pending == 0 then
  entry.pending, entry.pendingAt = told, now
else
  entry.pending = math.min(entry.pending, told)
  if now - entry.pendingAt >= RAISE_CONFIRM then
    entry.limit, entry.pending, entry.pendingAt = entry.pending, 0, 0
  end
end
redis.call('SET', KEYS[2], cjson.encode(announced))
return cjson.encode({ before = before, after = in_force(request.id, request.defined) })
`}`;
