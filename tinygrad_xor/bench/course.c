/* The course's job by hand: a 2-5-1 network, ReLU and sigmoid, cross-entropy, Adam, batch size 1. */
#include <math.h>

#define PARAMETERS 21

/* w: 2x5, 5, 5x1, 1. Trains it in place, and returns the mean loss of the last epoch. */
double course(double *w, const double *x, const double *y, int epochs, double lr) {
  double m[PARAMETERS] = {0}, v[PARAMETERS] = {0}, g[PARAMETERS], h[5], total = 0;
  double power1 = 1, power2 = 1;
  for (int epoch = 0; epoch < epochs; epoch++) {
    total = 0;
    for (int i = 0; i < 4; i++) {
      const double *a = x + 2 * i;
      double z = w[20];
      for (int j = 0; j < 5; j++) {
        double s = a[0] * w[j] + a[1] * w[5 + j] + w[10 + j];
        h[j] = s > 0 ? s : 0;
        z += h[j] * w[15 + j];
      }
      double e = exp(-fabs(z)), p = (z < 0 ? e : 1) / (1 + e), d = p - y[i];
      total += (z > 0 ? z : 0) - z * y[i] + log1p(e);
      for (int j = 0; j < 5; j++) {
        double back = h[j] > 0 ? d * w[15 + j] : 0;
        g[j] = back * a[0];
        g[5 + j] = back * a[1];
        g[10 + j] = back;
        g[15 + j] = d * h[j];
      }
      g[20] = d;
      power1 *= 0.9;
      power2 *= 0.999;
      double rate = lr * sqrt(1 - power2) / (1 - power1);
      for (int k = 0; k < PARAMETERS; k++) {
        m[k] += (1 - 0.9) * (g[k] - m[k]);
        v[k] += (1 - 0.999) * (g[k] * g[k] - v[k]);
        w[k] -= rate * m[k] / (sqrt(v[k]) + 1e-7);
      }
    }
  }
  return total / 4;
}
