// Dates and times as the institute's people see them: always in one zone, whatever the browser's own is, because the
// bot's words ("tomorrow 15:00") mean that zone too.

import { store } from "./store.js";
import { language, t } from "./words.js";

const DAY = 86_400_000;
const formats = new Map();

export function zone() {
  return store.state?.zone || "Asia/Shanghai";
}

function format(options) {
  const key = `${language()}|${zone()}|${JSON.stringify(options)}`;
  if (!formats.has(key)) {
    const locale = language() === "zh" ? "zh-CN" : "en-GB";
    formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: zone(), hourCycle: "h23", ...options }));
  }
  return formats.get(key);
}

/** "08:59" */
export function clockTime(ms) {
  return format({ hour: "2-digit", minute: "2-digit" }).format(ms);
}

const QUARTER = 900_000; // every zone's midnight falls on a quarter of an hour
const days = new Map();

/** The calendar day as a number of days since 1970, in the zone. */
export function dayNumber(ms) {
  const quarter = Math.floor(ms / QUARTER);
  if (!days.has(quarter)) {
    const { year, month, day } = parts(ms);
    days.set(quarter, Date.UTC(year, month - 1, day) / DAY);
  }
  return days.get(quarter);
}

/** "今天", "昨天", "11月23日 星期一", with the year when it is another one. */
export function dayName(ms, nowMs) {
  const distance = dayNumber(ms) - dayNumber(nowMs);
  if (distance === 0) return t("today");
  if (distance === -1) return t("yesterday");
  const sameYear = parts(ms).year === parts(nowMs).year;
  return format({ month: "long", day: "numeric", weekday: "long", ...(sameYear ? {} : { year: "numeric" }) }).format(ms);
}

/** "0:07", "1:02:03": how long something plays. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const end = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${end}` : `${minutes}:${end}`;
}

/** For the list of chats: the time today, the weekday this week, else the date. */
export function shortMoment(ms, nowMs) {
  const distance = dayNumber(nowMs) - dayNumber(ms);
  if (distance === 0) return clockTime(ms);
  if (distance > 0 && distance < 7) return format({ weekday: "short" }).format(ms);
  return format({ month: "numeric", day: "numeric" }).format(ms);
}

/** "11月23日 周一" */
export function dateLine(ms) {
  return format({ month: "long", day: "numeric", weekday: "short" }).format(ms);
}

/** All of it, for a tooltip. */
export function fullMoment(ms) {
  return format({ year: "numeric", month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms);
}

const NUMERIC = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };

function parts(ms) {
  const numeric = format(NUMERIC).formatToParts(ms);
  return Object.fromEntries(numeric.map((part) => [part.type, Number(part.value)]));
}

/** The moment that a calendar in the zone calls so (as UTC milliseconds); "2026-11-23T08:59" as an input field has it. */
export function momentOf(local) {
  const wanted = Date.parse(`${local}Z`);
  let guess = wanted;
  for (let turn = 0; turn < 2; turn++) {
    const { year, month, day, hour, minute, second } = parts(guess);
    guess += wanted - Date.UTC(year, month - 1, day, hour, minute, second);
  }
  return guess;
}

/** The reverse: what an input field of type datetime-local needs. */
export function localOf(ms) {
  const { year, month, day, hour, minute } = parts(ms);
  return new Date(Date.UTC(year, month - 1, day, hour, minute)).toISOString().slice(0, 16);
}

/** Tomorrow, one minute before nine: when the day's reminders are about to go out. */
export function tomorrowMorning(ms) {
  const { year, month, day } = parts(ms);
  return momentOf(new Date(Date.UTC(year, month - 1, day + 1, 8, 59)).toISOString().slice(0, 16));
}

/** How far the clock was moved, in words; nothing when it was not. */
export function movedWords(offset) {
  const minutes = Math.round(Math.abs(offset) / 60_000);
  if (minutes < 1) return "";
  const units = [[Math.floor(minutes / 1440), "days"], [Math.floor(minutes / 60) % 24, "hours"], [minutes % 60, "minutes"]];
  const words = units.filter(([count]) => count).slice(0, 2).map(([count, unit]) => t(unit, count)).join(" ");
  return t(offset > 0 ? "ahead" : "behind", words);
}
