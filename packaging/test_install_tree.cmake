# Installs to an empty prefix and asks the installed model about an installed sample, with an empty home directory:
# nothing else is needed, and nothing of the build tree is used.
file(REMOVE_RECURSE ${prefix} ${prefix}.home)
file(MAKE_DIRECTORY ${prefix}.home)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${build} --prefix ${prefix}
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

set(cli ${CMAKE_COMMAND} -E env --unset=LONGVIEW_DATABASE --unset=LONGVIEW_MODEL --unset=LONGVIEW_MODELS
    --unset=XDG_DATA_HOME HOME=${prefix}.home ${prefix}/bin/longview-cli --json --quiet)
execute_process(COMMAND ${cli} models OUTPUT_VARIABLE models COMMAND_ERROR_IS_FATAL ANY)
string(JSON directory GET "${models}" 0 directory)
if(NOT directory STREQUAL "${prefix}/share/longview/models/default")
    message(FATAL_ERROR "The first model found is not the installed one but ${directory}")
endif()

execute_process(COMMAND ${cli} ask ${prefix}/share/longview/samples/story.txt "Where was Olli Rautio born?"
    OUTPUT_VARIABLE answered COMMAND_ERROR_IS_FATAL ANY)
string(JSON answer GET "${answered}" answer)
if(NOT answer STREQUAL "Porvoo")
    message(FATAL_ERROR "The installed model answers \"${answer}\" where \"Porvoo\" is right")
endif()
if(NOT EXISTS ${prefix}/share/longview/samples/code/recorder/config.h)
    message(FATAL_ERROR "The sample folder is not installed")
endif()
if(NOT EXISTS ${prefix}.home/.local/share/longview/library.sqlite)
    message(FATAL_ERROR "The library is not where the XDG directories say")
endif()
file(REMOVE_RECURSE ${prefix} ${prefix}.home)
