# cnncConfig.cmake -- what find_package(cnnc) reads: cnnc_add_model(), and the targets cnnc::cnnc, the compiler, and cnnc::runtime.
if(CMAKE_VERSION VERSION_LESS 3.20)
  set(cnnc_FOUND FALSE)
  set(cnnc_NOT_FOUND_MESSAGE "cnnc needs CMake 3.20 or newer, which knows DEPFILE for make; this is ${CMAKE_VERSION}. An older \
one can call cnnc by add_custom_command()")
  return()
endif()

get_filename_component(_cnnc_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
foreach(_cnnc_file bin/cnnc include/cnnrt.h lib/libcnnrt.a)
  if(NOT EXISTS "${_cnnc_prefix}/${_cnnc_file}")
    set(cnnc_FOUND FALSE)
    set(cnnc_NOT_FOUND_MESSAGE "${_cnnc_prefix}/${_cnnc_file} is not there: install cnnc anew, of Debian's packages cnnc \
and libcnnrt-dev")
    return()
  endif()
endforeach()

if(NOT TARGET cnnc::cnnc)
  add_executable(cnnc::cnnc IMPORTED)
  set_target_properties(cnnc::cnnc PROPERTIES IMPORTED_LOCATION "${_cnnc_prefix}/bin/cnnc")
  add_library(cnnc::runtime STATIC IMPORTED)
  set_target_properties(cnnc::runtime PROPERTIES
    IMPORTED_LOCATION "${_cnnc_prefix}/lib/libcnnrt.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES C
    INTERFACE_INCLUDE_DIRECTORIES "${_cnnc_prefix}/include"
    INTERFACE_LINK_LIBRARIES "z;png;jpeg;m")
endif()

# cnnc_add_model(NAME MODEL FILE [WEIGHTS FILE] [TARGET NAME] [EMIT train|infer] [OPTIONS OPTION...])
#
# A static library NAME of the network: NAME.c and NAME.h, which who links it includes. They are made anew when the script, a module
# of it, its measured tiles or the weights change. A network that trains brings cnnc::runtime along.
function(cnnc_add_model name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MODEL;WEIGHTS;TARGET;EMIT" "OPTIONS")
  set(call "cnnc_add_model(${name})")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${call}: `${arg_UNPARSED_ARGUMENTS}` is no argument; those are MODEL, WEIGHTS, TARGET, EMIT and OPTIONS")
  elseif(NOT arg_MODEL)
    message(FATAL_ERROR "${call} lacks the script: MODEL mnist.lua")
  elseif(NOT CMAKE_C_COMPILER)
    message(FATAL_ERROR "${call} makes C: name the language in project(${PROJECT_NAME} LANGUAGES C CXX)")
  endif()
  foreach(kind MODEL WEIGHTS)
    if(arg_${kind})
      get_filename_component(arg_${kind} "${arg_${kind}}" ABSOLUTE)
      if(NOT EXISTS "${arg_${kind}}")
        message(FATAL_ERROR "${call}: the ${kind} ${arg_${kind}} is not there")
      endif()
    endif()
  endforeach()

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}.cnnc")
  set(source "${folder}/${name}.c")
  set(header "${folder}/${name}.h")
  set(options ${arg_OPTIONS})
  foreach(kind WEIGHTS TARGET EMIT)
    if(arg_${kind})
      string(TOLOWER ${kind} option)
      list(APPEND options --${option} "${arg_${kind}}")
    endif()
  endforeach()
  file(MAKE_DIRECTORY "${folder}")
  # cnnc leaves files alone whose text stays the same; make wants them newer than what they were made of.
  add_custom_command(
    OUTPUT "${source}" "${header}"
    COMMAND cnnc::cnnc "${arg_MODEL}" ${options} -o "${source}" --depfile "${source}.d"
    COMMAND "${CMAKE_COMMAND}" -E touch "${source}" "${header}"
    DEPENDS "${arg_MODEL}" ${arg_WEIGHTS} cnnc::cnnc
    DEPFILE "${source}.d"
    COMMENT "Compiling the network ${name}"
    VERBATIM)

  add_library(${name} STATIC "${source}" "${header}")
  target_include_directories(${name} PUBLIC "${folder}")
  # Speed comes of them, and that a*b + c rounds as everywhere.
  target_compile_options(${name} PRIVATE $<$<C_COMPILER_ID:GNU,Clang,AppleClang>:-O3 -ffp-contract=off>)
  if(NOT arg_WEIGHTS AND NOT arg_EMIT STREQUAL "infer")
    target_link_libraries(${name} PUBLIC cnnc::runtime)
  elseif(UNIX)
    target_link_libraries(${name} PUBLIC m)
  endif()
  find_package(OpenMP QUIET COMPONENTS C)
  if(OpenMP_C_FOUND)
    target_link_libraries(${name} PUBLIC OpenMP::OpenMP_C)
  endif()
endfunction()
