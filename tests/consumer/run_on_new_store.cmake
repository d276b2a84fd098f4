# Runs PROGRAM on STORE, which it has to make.
file(REMOVE ${STORE})
execute_process(COMMAND ${PROGRAM} ${STORE} COMMAND_ERROR_IS_FATAL ANY)
