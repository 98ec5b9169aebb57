/* main.c - starts the program from its tables; decides nothing. */
#include <locale.h>
#include <signal.h>

#include "areas/program.h"

int main(int argc, char **argv)
{
        setlocale(LC_ALL, "C.UTF-8"); /* never another: a decimal comma in printf would corrupt JSON */
        signal(SIGPIPE, SIG_IGN);
        program_start();
        return cli_main(argc, argv, program_commands(), program_schema());
}
