# How a target of this project is made: names, warnings, labels.

add_library(meridian_options INTERFACE)
target_include_directories(meridian_options INTERFACE
                           $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
target_compile_options(meridian_options INTERFACE
    -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)

# meridian_library(NAME base SRCS a.cc DEPS absl::strings): target
# meridian_base, alias Meridian::base. DEPS are public.
function(meridian_library)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS" ${ARGN})
  add_library(meridian_${ARG_NAME} STATIC ${ARG_SRCS})
  add_library(Meridian::${ARG_NAME} ALIAS meridian_${ARG_NAME})
  target_link_libraries(meridian_${ARG_NAME}
                        PUBLIC ${ARG_DEPS} PRIVATE meridian_options)
  target_include_directories(meridian_${ARG_NAME} PUBLIC
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
      $<INSTALL_INTERFACE:include/meridian>)
endfunction()

# meridian_program(NAME meridian-ingest SRCS main.cc DEPS ...): an installed
# executable in build/<preset>/bin.
function(meridian_program)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS} meridian_options)
  target_compile_definitions(${ARG_NAME} PRIVATE
                             MERIDIAN_VERSION="${PROJECT_VERSION}")
  set_target_properties(${ARG_NAME} PROPERTIES
                        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  set_property(GLOBAL APPEND PROPERTY MERIDIAN_PROGRAMS ${ARG_NAME})
  install(TARGETS ${ARG_NAME} RUNTIME)
endfunction()

# meridian_plugin(NAME arena SRCS main.cc DEPS ...): an installed plugin in
# build/<preset>/plugins, found there by the ingest service under its NAME.
function(meridian_plugin)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS" ${ARGN})
  add_executable(plugin_${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(plugin_${ARG_NAME} PRIVATE ${ARG_DEPS} meridian_options)
  set_target_properties(plugin_${ARG_NAME} PROPERTIES
                        OUTPUT_NAME ${ARG_NAME}
                        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/plugins)
  set_property(GLOBAL APPEND PROPERTY MERIDIAN_PROGRAMS plugin_${ARG_NAME})
  install(TARGETS plugin_${ARG_NAME} RUNTIME DESTINATION libexec/meridian/plugins)
endfunction()

# meridian_test(NAME base_test SRCS a_test.cc b_test.cc DEPS ... LABEL unit):
# one test program for a folder, so that linking stays cheap. Tests find the
# source tree in MERIDIAN_SOURCE_DIR and the build tree in MERIDIAN_BINARY_DIR.
function(meridian_test)
  if(NOT MERIDIAN_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "NAME;LABEL;TIMEOUT" "SRCS;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PRIVATE
                        ${ARG_DEPS} GTest::gmock GTest::gtest_main meridian_options)
  target_compile_definitions(${ARG_NAME} PRIVATE
      MERIDIAN_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
      MERIDIAN_BINARY_DIR="${PROJECT_BINARY_DIR}")
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set_tests_properties(${ARG_NAME} PROPERTIES
                       LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT}
                       SKIP_RETURN_CODE 77)
endfunction()
