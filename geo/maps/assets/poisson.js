/* Exact limits for the mean of a Poisson count (Garwood 1936), for sums that no server has made. */
(function (rewir) {
  "use strict";

  const TINY = 1e-300;
  const NEAR = 1e-15;
  const MOST_STEPS = 100;
  // Lanczos' sum with g = 7 and nine terms: about 15 figures of the gamma function.
  const LANCZOS = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];

  /* Lower and upper limit for a count; those of a level are worked out once. */
  const kept = new Map();
  rewir.garwood = function (count, level = 0.95) {
    const key = `${count}/${level}`;
    if (!kept.has(key)) {
      const tail = (1 - level) / 2;
      // A chi-square with 2k degrees of freedom is twice a gamma of shape k.
      kept.set(key, [count > 0 ? quantile(count, tail) : 0, quantile(count + 1, 1 - tail)]);
    }
    return kept.get(key);
  };

  /* Where the gamma distribution of this shape has this much below it: Wilson and Hilferty's
     guess, then Newton's steps, kept between limits that bisection draws together. */
  function quantile(shape, share) {
    let [low, high] = [0, Infinity];
    let x = guess(shape, share);
    for (let i = 0; i < MOST_STEPS; i += 1) {
      const over = below(shape, x) - share;
      if (over > 0) high = x;
      else low = x;
      const slope = Math.exp((shape - 1) * Math.log(x) - x - logGamma(shape));
      let next = x - over / slope;
      if (!(next > low && next < high)) next = high === Infinity ? 2 * x : (low + high) / 2;
      if (Math.abs(next - x) <= 1e-13 * x) return next;
      x = next;
    }
    return x;
  }

  function guess(shape, share) {
    const part = 1 / (9 * shape);
    return Math.max(shape * (1 - part + normal(share) * Math.sqrt(part)) ** 3, shape * 1e-3);
  }

  /* A quantile of the normal distribution, good enough to begin with. */
  function normal(share) {
    const t = Math.sqrt(-2 * Math.log(Math.min(share, 1 - share)));
    const z = t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t);
    return share < 0.5 ? -z : z;
  }

  /* The regularised incomplete gamma function P(shape, x). */
  function below(shape, x) {
    const scale = Math.exp(shape * Math.log(x) - x - logGamma(shape));
    return x < shape + 1 ? scale * series(shape, x) : 1 - scale * fraction(shape, x);
  }

  function series(shape, x) {
    let term = 1 / shape;
    let sum = term;
    for (let n = 1; term > sum * NEAR; n += 1) {
      term *= x / (shape + n);
      sum += term;
    }
    return sum;
  }

  /* Lentz's way through the continued fraction of what is above. */
  function fraction(shape, x) {
    let b = x + 1 - shape;
    let c = 1 / TINY;
    let d = 1 / b;
    let h = d;
    for (let i = 1, step = 0; Math.abs(step - 1) > NEAR && i < 10000; i += 1) {
      const a = i * (shape - i);
      b += 2;
      d = 1 / (a * d + b || TINY);
      c = b + a / c || TINY;
      step = c * d;
      h *= step;
    }
    return h;
  }

  function logGamma(x) {
    const t = x + 6.5;
    const sum = LANCZOS.slice(1).reduce((total, part, i) => total + part / (x + i), LANCZOS[0]);
    return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
  }
})(window.rewir);
