/* Numbers, dates and sentences in the language of the page. */
(function (rewir) {
  "use strict";

  // Day before month, as in Europe.
  const LOCALES = { en: "en-GB", pl: "pl-PL" };

  rewir.makeWords = function (lang, texts) {
    const locale = LOCALES[lang] ?? lang;
    const plural = new Intl.PluralRules(locale);
    const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
    const ofMonth = new Intl.DateTimeFormat(locale, { month: "short", year: "numeric", timeZone: "UTC" });

    const writers = {};

    /* A sentence with its {gaps} filled. A sentence with plural forms takes the one of `values.n`. */
    function say(key, values = {}) {
      const entry = texts[key];
      if (entry === undefined) throw new Error(`no text ${key}`);
      const template = typeof entry === "string" ? entry : entry[plural.select(values.n)] ?? entry.other;
      return template.replace(/\{(\w+)\}/g, (_, name) => {
        const value = values[name];
        return typeof value === "number" ? number(value, values.digits) : String(value);
      });
    }

    /* Whole where it is large, two or three figures where it is small. */
    function number(value, digits = value % 1 === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2) {
      return written(digits, digits).format(value).replace("-", "−");
    }

    /* To make a writer of numbers takes longer than to write a hundred. */
    function written(fewest, most) {
      const key = 10 * fewest + most;
      writers[key] ??= new Intl.NumberFormat(locale, { minimumFractionDigits: fewest, maximumFractionDigits: most });
      return writers[key];
    }

    /* A limit of a class as it was rounded: 0.5, not 0.50. */
    function limit(value) {
      return written(0, 4).format(value).replace("-", "−");
    }

    /* "17–38"; `write` may be another way to write each end. */
    function range(low, high, digits, write = number) {
      return `${write(low, digits)}–${write(high, digits)}`;
    }

    function date(iso) {
      return day.format(new Date(`${iso}T00:00:00Z`));
    }

    function dates(start, end) {
      return `${date(start)} – ${date(end)}`;
    }

    /* "Feb 2026" of "2026-02". */
    function month(text) {
      return ofMonth.format(new Date(`${text}-01T00:00:00Z`));
    }

    /* "Jan 2026 – Mar 2026" of "2026-01/2026-03". */
    function months(text) {
      const [from, to] = text.split("/");
      return from === to ? month(from) : `${month(from)} – ${month(to)}`;
    }

    /* A probability that anyone can weigh: "7 chances in 10", "99 in 100" near the ends. */
    function chances(p) {
      const many = p < 0.095 || p > 0.905;
      const n = Math.round(p * (many ? 100 : 10));
      if (n === 0) return say("chances_none");
      return n === 100 ? say("chances_all") : say("chances", { n, of: many ? 100 : 10 });
    }

    /* A ratio in a sentence: 0.85, 1.3, 12.4. */
    function times(ratio) {
      return number(ratio, ratio < 1 ? 2 : 1);
    }

    /* The interval of a ratio, in panel and table alike: 0.76–1.05, 8.1–12.4. */
    function between(low, high) {
      return range(low, high, high >= 10 ? 1 : 2);
    }

    return { say, number, limit, range, between, date, dates, month, months, chances, times };
  };

  /* What reports outside the areas of a level are named; other rows have a name of their own. */
  rewir.areaName = function (row, level, words) {
    return row.area_id === "unassigned" ? words.say("unassigned", { level: level.label }) : row.area_name;
  };

  rewir.isNumber = function (value) {
    return typeof value === "number" && Number.isFinite(value);
  };
})(window.rewir);
