/** Twin of `families/fixed-window.ts`. */
const FIXED_WINDOW = String.raw`
local KEEP_WINDOW = 60000
local function touched(from, to, size)
  local starts = {}
  local start = floor(from / size) * size
  while start <= to do
    starts[#starts + 1] = start
    start = start + size
  end
  return starts
end
-- nil when nothing was counted in it
local function known_window(state, start)
  local window = state.windows[whole(start)]
  return window and with_zeros(window)
end
local function window_of(state, start)
  local window = known_window(state, start)
  if not window then
    window = with_zeros({})
    state.windows[whole(start)] = window
  end
  return window
end
local function is_past(start, size) return start + size + KEEP_WINDOW < now + offset - err end
local function prune_windows(state, size)
  for key in pairs(state.windows) do
    if is_past(tonumber(key), size) then state.windows[key] = nil end
  end
end
local function uncount(state, part)
  for _, w in ipairs(part.windows or {}) do
    local window = known_window(state, w.start)
    if window then
      window.used = window.used - part.cost
      window.inFlight = window.inFlight - part.cost
    end
  end
end
local function plain_allowance(limit, ceiling) return floor(limit * ceiling / 1000) end
local function windows_answered(answered, size)
  return touched(answered.sent + offset - err, answered.replied + offset + err, size)
end

makers.fixed_window = function() return {
  fresh = function() return { windows = {} } end,
  span = function(draw) return draw.windowMs end,
  limit_of = function(_, draw) return draw.limit end,
  allowed = plain_allowance,
  earliest = function(state, draw, allowed)
    local till, venue_now = 0, now + offset
    for _, start in ipairs(touched(venue_now - err, venue_now + request.holdMs + err, draw.windowMs)) do
      local window = known_window(state, start)
      local used = window and window.used or 0
      if used + draw.cost > allowed then
        local over = start + draw.windowMs + err - offset
        if used - (window and window.inFlight or 0) + draw.cost <= allowed then
          over = min(over, now + IN_FLIGHT_RETRY)
        end
        till = max(till, over)
      end
    end
    return till > 0 and till or nil
  end,
  take = function(state, draw, part, at, hold_until)
    prune_windows(state, draw.windowMs)
    local windows = touched(at + offset - err, hold_until + offset + err, draw.windowMs)
    for i, start in ipairs(windows) do
      local window = window_of(state, start)
      window.used = window.used + draw.cost
      window.inFlight = window.inFlight + draw.cost
      windows[i] = { start = start, seen = window.settled }
    end
    part.seen, part.windows = 0, windows
  end,
  give_back = uncount,
  spend = function(state, part)
    for _, w in ipairs(part.windows or {}) do
      local window = known_window(state, w.start)
      if window then
        window.inFlight = window.inFlight - part.cost
        window.settled = window.settled + part.cost
      end
    end
  end,
  settle = function(state, draw, answered)
    if not answered.open then return end
    if answered.part then uncount(state, answered.part) end
    for _, start in ipairs(windows_answered(answered, draw.windowMs)) do
      if not is_past(start, draw.windowMs) then
        local window = window_of(state, start)
        window.used = window.used + answered.final
        window.settled = window.settled + answered.final
      end
    end
  end,
  read = function(state, draw, answered)
    local told, starts = answered.reading.used, windows_answered(answered, draw.windowMs)
    if not told or #starts ~= 1 then return nil end
    local window = window_of(state, starts[1])
    if window.readAt > answered.sent then return nil end
    local seen = 0
    for _, w in ipairs(answered.part and answered.part.windows or {}) do
      if w.start == starts[1] then seen = w.seen or 0 end
    end
    local used = told + window.inFlight + max(0, window.settled - answered.final - seen)
    local delta = used - window.used
    window.used, window.readAt, window.readBy = used, answered.sent, answered.replied
    return delta
  end,
  add_booked = function(state, _, start, used)
    local window = window_of(state, start)
    window.used = max(window.used, used)
  end,
  close = function(state, draw)
    local current = floor((now + offset) / draw.windowMs) * draw.windowMs
    window_of(state, current)
    return current + draw.windowMs + err - offset
  end,
  cross = function(state, draw, refused)
    local size, limit = draw.windowMs, draw.limit
    prune_windows(state, size)
    local current = floor((now + offset) / size) * size
    local starts = {}
    for key, window in pairs(state.windows) do
      if refused or (window.used or 0) * 100 >= limit * THRESHOLDS[1] then starts[#starts + 1] = tonumber(key) end
    end
    table.sort(starts)
    for _, start in ipairs(starts) do
      if start <= current then
        local window = window_of(state, start)
        for _, threshold in ipairs(THRESHOLDS) do
          local reached = window.used * 100 >= limit * threshold or (refused and start == current)
          if reached and threshold > window.crossed then
            window.crossed = threshold
            tell_crossing(draw, start, size, threshold, window.used, limit)
          end
        end
      end
    end
  end,
} end
`;

/** Twin of `families/running.ts`. */
const RUNNING = String.raw`
local REARM_BELOW = 10
local function fresh_running(state)
  state.inFlight, state.settled, state.readAt, state.arm, state.crossed = 0, 0, 0, now, 0
  return state
end
local function land(state, part) state.inFlight = max(0, state.inFlight - part.cost) end
local function unseen(state, answered)
  return max(0, state.settled - answered.final - (answered.part and answered.part.seen or 0))
end
local function is_newer(state, answered)
  if state.readAt > answered.sent and state.readAt <= now then return false end
  state.readAt = answered.sent
  return true
end
local function rearm(state, used, limit)
  if state.crossed == 0 then return end
  local left = 0
  for _, threshold in ipairs(THRESHOLDS) do
    if threshold <= state.crossed and used * 100 >= limit * (threshold - REARM_BELOW) then left = threshold end
  end
  if left == state.crossed then return end
  state.crossed = left
  state.arm = max(state.arm + 1, now)
end
local function running_cross(state, draw, used, limit, scale, refused)
  rearm(state, refused and max(used, limit) or used, limit)
  for _, threshold in ipairs(THRESHOLDS) do
    if threshold > state.crossed and (refused or used * 100 >= limit * threshold) then
      state.crossed = threshold
      tell_crossing(draw, state.arm, 0, threshold, ceil(used / scale), floor(limit / scale))
    end
  end
end
local function limit_of_draw(_, draw) return draw.limit end
-- costs by key, without those that keep(key) refuses
local function keep_entries(state, keep)
  for key in pairs(state.entries) do
    if not keep(tonumber(key)) then state.entries[key] = nil end
  end
end
local function add_entry(state, number, cost)
  if cost == 0 then return end
  local key = whole(number)
  state.entries[key] = (state.entries[key] or 0) + cost
end
`;

/** Twin of `families/rolling-window.ts`. */
const ROLLING_WINDOW = String.raw`
makers.rolling_window = function()
  local GRAINS = 50
  local function leaves_at(arrived_by, size)
    local grain = max(1, floor(size / GRAINS))
    return ceil((arrived_by + size) / grain) * grain
  end
  local function living(state)
    local entries, total = {}, 0
    for key, cost in pairs(state.entries) do
      local till = tonumber(key)
      if till >= now then
        entries[#entries + 1] = { till = till, cost = cost }
        total = total + cost
      end
    end
    return entries, total
  end
  local function by_till(a, b) return a.till < b.till end
  local function rolling_used(state)
    local _, total = living(state)
    return total + state.inFlight
  end
  local function prune_entries(state) keep_entries(state, function(till) return till >= now end) end

  return {
    fresh = function() return fresh_running({ entries = {} }) end,
    span = function(draw) return draw.windowMs end,
    limit_of = limit_of_draw,
    allowed = plain_allowance,
    earliest = function(state, draw, allowed)
      local entries, settled = living(state)
      local over = settled + state.inFlight + draw.cost - allowed
      if over <= 0 then return nil end
      table.sort(entries, by_till)
      local till = now + draw.windowMs
      for _, entry in ipairs(entries) do
        over = over - entry.cost
        if over <= 0 then
          till = entry.till + 1
          break
        end
      end
      if settled + draw.cost <= allowed then return min(till, now + IN_FLIGHT_RETRY) end
      return till
    end,
    take = function(state, draw, part)
      prune_entries(state)
      rearm(state, rolling_used(state), draw.limit)
      state.inFlight = state.inFlight + draw.cost
      part.seen = state.settled
    end,
    give_back = land,
    spend = function(state, part, at)
      land(state, part)
      state.settled = state.settled + part.cost
      add_entry(state, leaves_at(at, part.windowMs), part.cost)
    end,
    settle = function(state, draw, answered)
      prune_entries(state)
      if not answered.open then return end
      if answered.part then land(state, answered.part) end
      state.settled = state.settled + answered.final
      add_entry(state, leaves_at(answered.replied, draw.windowMs), answered.final)
    end,
    read = function(state, draw, answered)
      local told = answered.reading.used
      if not told or not is_newer(state, answered) then return nil end
      prune_entries(state)
      local entries, settled = living(state)
      local delta = told + unseen(state, answered) - settled
      if delta > 0 then add_entry(state, leaves_at(answered.replied, draw.windowMs), delta) end
      table.sort(entries, by_till)
      local surplus = -delta
      for _, entry in ipairs(entries) do
        if surplus <= 0 then break end
        if entry.cost <= surplus then
          state.entries[whole(entry.till)] = nil
        else
          state.entries[whole(entry.till)] = entry.cost - surplus
        end
        surplus = surplus - entry.cost
      end
      return delta
    end,
    add_booked = function(state, draw, start, used)
      add_entry(state, leaves_at(min(start + draw.windowMs + err - offset, now), draw.windowMs), used)
    end,
    close = function(_, draw) return now + draw.windowMs end,
    cross = function(state, draw, refused) running_cross(state, draw, rolling_used(state), draw.limit, 1, refused) end,
  }
end
`;

/** Twin of `families/level.ts`. */
const LEVEL = String.raw`
makers.token_bucket = function()
  local MILLIONTHS = 1000000
  local function level_at(state, rate, time) return max(0, state.level - max(0, time - state.at) * rate) end
  local function add_level(state, rate, cost, arrived_by)
    if arrived_by > state.at then
      state.level = level_at(state, rate, arrived_by)
      state.at = arrived_by
    end
    state.level = state.level + cost
  end
  local function fall_ms(amount, rate)
    if rate > 0 then return ceil(amount / rate) end
    return NEVER
  end
  local function level_used(state, draw) return level_at(state, draw.rate, now) + state.inFlight end

  return {
    fresh = function() return fresh_running({ level = 0, at = now }) end,
    span = function(draw) return fall_ms(draw.limit, draw.rate) end,
    limit_of = limit_of_draw,
    allowed = plain_allowance,
    earliest = function(state, draw, allowed)
      local over = level_used(state, draw) + draw.cost - allowed
      if over <= 0 then return nil end
      local level = level_at(state, draw.rate, now)
      if draw.cost > allowed then return now + fall_ms(draw.limit, draw.rate) end
      if over > level then return now + IN_FLIGHT_RETRY end
      local till = now + fall_ms(over, draw.rate)
      if level + draw.cost <= allowed then return min(till, now + IN_FLIGHT_RETRY) end
      return till
    end,
    take = function(state, draw, part)
      rearm(state, level_used(state, draw), draw.limit)
      state.inFlight = state.inFlight + draw.cost
      part.seen = state.settled
    end,
    give_back = land,
    spend = function(state, part, at)
      land(state, part)
      state.settled = state.settled + part.cost
      add_level(state, part.rate, part.cost, at)
    end,
    settle = function(state, draw, answered)
      if not answered.open then return end
      if answered.part then land(state, answered.part) end
      state.settled = state.settled + answered.final
      add_level(state, draw.rate, answered.final, answered.replied)
    end,
    read = function(state, draw, answered)
      local told = answered.reading.used
      if not told or not is_newer(state, answered) then return nil end
      local before = level_at(state, draw.rate, answered.replied)
      state.level = told + unseen(state, answered)
      state.at = max(state.at, answered.replied)
      return state.level - before
    end,
    add_booked = function(state, draw, _, used) add_level(state, draw.rate, used, now) end,
    close = function(state, draw, wait)
      state.level = max(level_at(state, draw.rate, now), draw.limit)
      state.at = now
      return now + fall_ms(state.level - (wait == WAIT_REFILL and 0 or draw.resume), draw.rate)
    end,
    cross = function(state, draw, refused)
      running_cross(state, draw, level_used(state, draw), draw.limit, MILLIONTHS, refused)
    end,
  }
end
makers.decaying_counter = makers.token_bucket
makers.credits = function()
  local CREDITS_CEILING, one = 900, makers.token_bucket()
  one.allowed = function(limit, ceiling) return plain_allowance(limit, min(ceiling, CREDITS_CEILING)) end
  return one
end
`;

/** Twin of `families/lifetime-budget.ts`. */
const LIFETIME_BUDGET = String.raw`
makers.lifetime_budget = function()
  local READ_EVERY, CANCELS_BEYOND, LIFETIME_RETRY = 500, 100000, 60000
  local function lifetime_limit(state, draw)
    if state.cap > 0 then return state.cap end
    return draw.limit
  end
  local function book_actions(state, cost, at)
    state.settled = state.settled + cost
    state.used = state.used + cost
    state.since = state.since + cost
    if cost > 0 then state.actedAt = max(state.actedAt, at) end
  end

  return {
    fresh = function() return fresh_running({ used = 0, cap = 0, since = 0, actedAt = now }) end,
    span = function() return NEVER end,
    limit_of = lifetime_limit,
    allowed = function(limit, ceiling, cancel)
      return plain_allowance(cancel and min(limit + CANCELS_BEYOND, limit * 2) or limit, ceiling)
    end,
    earliest = function(state, draw, allowed)
      if state.used + state.inFlight + draw.cost <= allowed then return nil end
      if state.inFlight > 0 and state.used + draw.cost <= allowed then return now + IN_FLIGHT_RETRY end
      if draw.windowMs == 0 or draw.cost > 1 then return now + LIFETIME_RETRY end
      if state.inFlight > 0 then return now + IN_FLIGHT_RETRY end
      local drip_at = state.actedAt + draw.windowMs
      if now >= drip_at then return nil end
      return drip_at
    end,
    take = function(state, draw, part)
      rearm(state, state.used + state.inFlight, lifetime_limit(state, draw))
      state.inFlight = state.inFlight + draw.cost
      part.seen = state.settled
    end,
    give_back = land,
    spend = function(state, part, at)
      land(state, part)
      book_actions(state, part.cost, at)
    end,
    settle = function(state, _, answered)
      if not answered.open then return end
      if answered.part then land(state, answered.part) end
      book_actions(state, answered.final, answered.replied)
    end,
    read = function(state, _, answered)
      local told, cap = answered.reading.used, answered.reading.cap
      if not told or not is_newer(state, answered) then return nil end
      if cap and cap > 0 then state.cap = cap end
      local ours = unseen(state, answered)
      local delta = told + ours - state.used
      state.used, state.since = told + ours, ours
      return delta
    end,
    close = function(state, draw)
      state.used = max(state.used, lifetime_limit(state, draw))
      state.since = max(state.since, READ_EVERY)
      return now + (draw.windowMs > 0 and draw.windowMs or LIFETIME_RETRY)
    end,
    cross = function(state, draw, refused)
      running_cross(state, draw, state.used + state.inFlight, lifetime_limit(state, draw), 1, refused)
    end,
    is_due = function(state) return state.since >= READ_EVERY end,
  }
end
`;

/** Twin of `families/per-block.ts`. */
const PER_BLOCK = String.raw`
makers.per_block = function()
  local function blocks_counted(state, draw)
    local total = 0
    for key, cost in pairs(state.entries) do
      if tonumber(key) + draw.blocks > state.height then total = total + cost end
    end
    return total
  end

  return {
    fresh = function() return fresh_running({ height = 0, entries = {} }) end,
    span = function(draw) return draw.windowMs end,
    limit_of = limit_of_draw,
    allowed = plain_allowance,
    earliest = function(state, draw, allowed)
      local settled = blocks_counted(state, draw)
      if settled + state.inFlight + draw.cost <= allowed then return nil end
      local block_ms = ceil(draw.windowMs / draw.blocks)
      return now + (settled + draw.cost <= allowed and min(block_ms, IN_FLIGHT_RETRY) or block_ms)
    end,
    take = function(state, draw, part)
      rearm(state, blocks_counted(state, draw) + state.inFlight, draw.limit)
      state.inFlight = state.inFlight + draw.cost
      part.seen = state.settled
    end,
    give_back = land,
    spend = function(state, part)
      land(state, part)
      state.settled = state.settled + part.cost
      add_entry(state, state.height + 1, part.cost)
    end,
    settle = function(state, draw, answered)
      local height = answered.reading and answered.reading.height
      if height then
        state.height = max(state.height, height)
        keep_entries(state, function(at) return at + draw.blocks > state.height end)
      end
      if not answered.open then return end
      if answered.part then land(state, answered.part) end
      state.settled = state.settled + answered.final
      add_entry(state, state.height + 1, answered.final)
    end,
    read = function() return nil end,
    close = function(_, draw) return now + draw.windowMs end,
    cross = function(state, draw, refused)
      running_cross(state, draw, blocks_counted(state, draw) + state.inFlight, draw.limit, 1, refused)
    end,
  }
end
`;

/** A ban counts nothing: it is only ever closed or open. */
const BAN = String.raw`
makers.ban = function()
  return {
    fresh = function() return {} end,
    span = function() return 0 end,
    close = function() return now end,
  }
end
`;

export const FAMILIES = [FIXED_WINDOW, RUNNING, ROLLING_WINDOW, LEVEL, LIFETIME_BUDGET, PER_BLOCK, BAN].join('');
