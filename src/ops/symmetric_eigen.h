/* Eigenvalues and eigenvectors of a small symmetric matrix, on the host, in double precision.
 *
 *     A = sum_i value_i vector_i vector_i^T
 *
 * by Jacobi's rotations (cyclic, by rows; Golub and Van Loan, "Matrix computations", 8.5). Made for
 * the some hundred channels of a latent: the time goes with n^3 a sweep, of which ten are many. */
#ifndef REEL_OPS_SYMMETRIC_EIGEN_H
#define REEL_OPS_SYMMETRIC_EIGEN_H

/* value [n], falling. vector [n, n]: row i belongs to value i, has length 1, and its largest
 * component is positive, so that the answer changes little with A.
 * matrix [n, n]: finite, of which the lower triangle is read; spoilt. n >= 1. */
void reel_symmetric_eigen(double *value, double *vector, double *matrix, int n);

#endif
