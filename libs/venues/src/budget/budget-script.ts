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
local NOT_REBUILT = { ban = true, lifetime_budget = true, per_block = true }
local needed, span = {}, NOT_REBUILT[draw.kind] and 0 or family[draw.kind].span(draw)
if span > 0 then
  local from = now + offset - err
  if draw.kind ~= 'fixed_window' then from = from - span end
  needed = touched(from, now + offset + err, span)
end
local before = state_of(draw.name, draw.kind)
if before and now >= before.cold then return cjson.encode({ cold = false, needed = needed }) end

local state = state_to_change(draw)
local booked, known = {}, 0
for _, b in ipairs(request.booked) do booked[whole(b.start)] = booked[whole(b.start)] or b.used end
for _, start in ipairs(needed) do
  if booked[whole(start)] then known = known + 1 end
end
if #needed == 0 or known < #needed then
  save()
  return cjson.encode({ cold = now < state.cold, needed = needed })
end
for _, start in ipairs(needed) do family[draw.kind].add_booked(state, draw, start, booked[whole(start)]) end
state.cold = 0
save()
return cjson.encode({ cold = false, needed = needed })
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
