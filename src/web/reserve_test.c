/* Memory that is kept back for GMP: its numbers are the same where the system refuses memory. */
#include "tests/support.h"

#include <gmp.h>

#include "tests/failing_calls.h"
#include "web/web_private.h"

static void each_time_that_memory_is_refused_gmp_computes_the_same(void **state)
{
        mpz_t base, modulus, power, right;
        long n = 0;

        (void)state;
        reserve_for_gmp();
        mpz_inits(base, modulus, power, right, NULL);
        mpz_ui_pow_ui(base, 3, 30000);
        mpz_ui_pow_ui(modulus, 7, 15000);
        mpz_powm_ui(right, base, 1001, modulus);
        do {
                mpz_clear(power);
                memory_fail_at(++n);
                mpz_init(power);
                mpz_powm_ui(power, base, 1001, modulus);
                assert_int_equal(mpz_cmp(power, right), 0);
        } while (memory_was_refused());
        assert_true(n > 1);
        memory_fail_at(0);
        mpz_clears(base, modulus, power, right, NULL);
}

#define NUMBERS 256

/* More than is kept: what comes then waits until the system has some again. */
static void what_is_kept_comes_to_an_end_and_comes_back(void **state)
{
        static mpz_t number[NUMBERS];

        (void)state;
        reserve_for_gmp();
        for (int round = 0; round < 2; round++) {
                for (size_t i = 0; i < NUMBERS; i++) {
                        memory_fail_at(1);
                        mpz_init2(number[i], (mp_bitcnt_t)(65536 + 8 * (i % 700)));
                        assert_true(memory_was_refused());
                        mpz_set_ui(number[i], i + 1);
                        memory_fail_at(1);
                        mpz_mul_2exp(number[i], number[i], 8 * (i % 900));
                }
                memory_fail_at(0);
                for (size_t i = 0; i < NUMBERS; i++) {
                        mpz_fdiv_q_2exp(number[i], number[i], 8 * (i % 900));
                        assert_int_equal(mpz_get_ui(number[i]), i + 1);
                        mpz_clear(number[i]);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_time_that_memory_is_refused_gmp_computes_the_same),
                cmocka_unit_test(what_is_kept_comes_to_an_end_and_comes_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
