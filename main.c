/* main.c - starts the program from its tables; decides nothing. */
#include <locale.h>
#include <malloc.h>
#include <signal.h>

#include "areas/program.h"
#include "format/pdf.h"

#define LARGE_BYTES (1 << 20)

int main(int argc, char **argv)
{
        /* What is so large goes back to the system when it is freed. Left alone, the library keeps room for the largest it has met. */
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
        mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
        setlocale(LC_ALL, "C.UTF-8"); /* never another: a decimal comma in printf would corrupt JSON */
        signal(SIGPIPE, SIG_IGN);
        pdf_process(argc, argv);
        program_start();
        return cli_main(argc, argv, program_commands(), program_schema());
}
