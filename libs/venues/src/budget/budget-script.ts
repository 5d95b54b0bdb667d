import { GIVE_BACK_SHARES_LUA } from './fair-share-script.js';
import { FAMILIES } from './script/families.js';
import { OVER_FAMILIES, PRELUDE } from './script/prelude.js';
import { RESERVE } from './script/reserve-script.js';
import { SETTLE } from './script/settle-script.js';

/**
 * The budget's scripts. Each is the twin of the function of its name in `domain/rate-limit`, which is the
 * specification; a differential test on a real Redis keeps them equal. They are text in modules because
 * the build copies no assets.
 */
const BEGINNING = PRELUDE + FAMILIES + OVER_FAMILIES;

/** Twin of `reserve`. */
export const RESERVE_SCRIPT = BEGINNING + RESERVE;

/** Twin of `settle`. */
export const SETTLE_SCRIPT = BEGINNING + SETTLE;

/** Twin of `release`. */
export const RELEASE_SCRIPT = `${BEGINNING}${GIVE_BACK_SHARES_LUA}${String.raw`
local held = token_state
if not held or held.phase ~= 'open' then return cjson.encode({ released = false }) end
for _, part in ipairs(held.parts) do
  local state = state_of(part.name, part.kind)
  if state then
    family[part.kind].give_back(state, part)
    dirty[part.name] = true
  end
end
give_back_shares(held)
close_token(held, 'released')
save()
return cjson.encode({ released = true })
`}`;

/** Twin of `rebuild`. */
export const REBUILD_SCRIPT = `${BEGINNING}${String.raw`
local draw = request.draw
offset, err = clock_view()
local needed = {}
if draw.kind == 'fixed_window' then needed = touched(now + offset - err, now + offset + err, draw.windowMs) end
local known = state_of(draw.name, draw.kind)
if known and now >= known.cold then return cjson.encode({ cold = false, needed = needed }) end

local state = state_to_change(draw)
if draw.kind ~= 'fixed_window' then
  save()
  return cjson.encode({ cold = now < state.cold, needed = needed })
end
local booked = {}
for _, b in ipairs(request.booked) do
  local window = window_of(state, b.start)
  window.used = max(window.used, b.used)
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
export const ANNOUNCE_SCRIPT = `${BEGINNING}${String.raw`
local RAISE_CONFIRM = 60000
local told = request.announced
local before = announced_figure(request.id) or request.defined
local entry = announced[request.id] or { limit = 0, pending = 0, pendingAt = 0 }
announced[request.id] = entry
if told <= before then
  entry.limit, entry.pending, entry.pendingAt = told, 0, 0
elseif entry.pending == 0 then
  entry.pending, entry.pendingAt = told, now
else
  entry.pending = min(entry.pending, told)
  if now - entry.pendingAt >= RAISE_CONFIRM then
    entry.limit, entry.pending, entry.pendingAt = entry.pending, 0, 0
  end
end
redis.call('SET', KEYS[2], cjson.encode(announced))
return cjson.encode({ before = before, after = announced_figure(request.id) or request.defined })
`}`;

/** Twin of `creditFill`. */
export const CREDIT_SCRIPT = `${BEGINNING}${String.raw`
if kept_token then return cjson.encode({ credited = false }) end
offset, err = clock_view()
local credited = false
for _, draw in ipairs(request.draws) do
  local state = draw.kind == 'fixed_window' and state_of(draw.name, draw.kind)
  if state then
    local start = floor(request.filledAt / draw.windowMs) * draw.windowMs
    local window = known_window(state, start)
    if window and request.placedAt >= start and request.placedAt <= request.filledAt then
      local told = window.readBy > 0 and request.filledAt <= window.readBy + offset + err
      if not told and window.used - window.inFlight >= draw.cost then
        window.used = window.used - draw.cost
        dirty[draw.name] = true
        credited = true
      end
    end
  end
end
if not credited then return cjson.encode({ credited = false }) end
save()
save_token(KEYS[6], { at = now, holdUntil = now, backs = clock.backs, life = clock.life, phase = 'settled', parts = {} })
return cjson.encode({ credited = true })
`}`;
