/* Eigenvectors by Jacobi's rotations. */
#include "ops/symmetric_eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { SWEEPS = 60 }; /* never needed: the convergence is quadratic */

/* The rotation by which element (p, q) of a symmetric matrix becomes 0. */
typedef struct {
    double cos, sin;
} rotation;

static rotation rotation_of(const double *a, int n, int p, int q)
{
    double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
    double tangent = copysign(1.0, theta) / (fabs(theta) + hypot(theta, 1.0));
    double cosine = 1 / hypot(tangent, 1.0);
    return (rotation){ cosine, tangent * cosine };
}

/* Two vectors of n elements, `step` apart, into their combinations. */
static void rotate(double *x, double *y, int n, int step, rotation r)
{
    for (int i = 0; i < n; i++) {
        double u = x[i * step], v = y[i * step];
        x[i * step] = r.cos * u - r.sin * v;
        y[i * step] = r.sin * u + r.cos * v;
    }
}

/* One rotation for every pair; whether any was worth it. */
static int sweep(double *a, double *vector, int n)
{
    int turned = 0;
    for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
            double scale = sqrt(fabs(a[p * n + p])) * sqrt(fabs(a[q * n + q]));
            if (fabs(a[p * n + q]) <= DBL_EPSILON * scale || a[p * n + q] == 0) {
                continue;
            }
            rotation r = rotation_of(a, n, p, q);
            rotate(a + p * n, a + q * n, n, 1, r);
            rotate(a + p, a + q, n, n, r);
            a[p * n + q] = a[q * n + p] = 0;
            rotate(vector + p * n, vector + q * n, n, 1, r);
            turned = 1;
        }
    }
    return turned;
}

static void swap(double *x, double *y, int n)
{
    for (int i = 0; i < n; i++) {
        double t = x[i];
        x[i] = y[i];
        y[i] = t;
    }
}

static void turn_upright(double *vector, int n)
{
    int largest = 0;
    for (int i = 1; i < n; i++) {
        largest = fabs(vector[i]) > fabs(vector[largest]) ? i : largest;
    }
    double sign = vector[largest] < 0 ? -1 : 1;
    for (int i = 0; i < n; i++) {
        vector[i] *= sign;
    }
}

void reel_symmetric_eigen(double *value, double *vector, double *matrix, int n)
{
    memset(vector, 0, (size_t)n * (size_t)n * sizeof *vector);
    for (int i = 0; i < n; i++) {
        vector[i * n + i] = 1;
        for (int j = 0; j < i; j++) {
            matrix[j * n + i] = matrix[i * n + j];
        }
    }
    for (int i = 0; i < SWEEPS && sweep(matrix, vector, n); i++) {
    }
    for (int i = 0; i < n; i++) {
        value[i] = matrix[i * n + i];
    }
    for (int i = 0; i < n; i++) {
        int largest = i;
        for (int j = i + 1; j < n; j++) {
            largest = value[j] > value[largest] ? j : largest;
        }
        swap(value + i, value + largest, 1);
        swap(vector + i * n, vector + largest * n, n);
        turn_upright(vector + i * n, n);
    }
}
