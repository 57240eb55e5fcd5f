# The CMake package that plugins outside of this tree are built with:
#   find_package(Meridian REQUIRED)
#   target_link_libraries(my_board PRIVATE Meridian::source_sdk)
# `cmake --install build/dev --component sdk --prefix /usr/local` installs it
# alone; a whole install has it too.
include(CMakePackageConfigHelpers)

set(MERIDIAN_SDK_TARGETS
    proto grpc base records rpc json source source_sdk source_testing)
foreach(name ${MERIDIAN_SDK_TARGETS})
  set_target_properties(meridian_${name} PROPERTIES EXPORT_NAME ${name})
  list(APPEND MERIDIAN_SDK_LIBRARIES meridian_${name})
endforeach()
install(TARGETS ${MERIDIAN_SDK_LIBRARIES} meridian_options
        EXPORT MeridianTargets
        ARCHIVE DESTINATION lib/meridian COMPONENT sdk)
install(EXPORT MeridianTargets NAMESPACE Meridian::
        DESTINATION lib/cmake/Meridian COMPONENT sdk)
configure_package_config_file(
    ${CMAKE_CURRENT_LIST_DIR}/MeridianConfig.cmake.in
    ${PROJECT_BINARY_DIR}/MeridianConfig.cmake
    INSTALL_DESTINATION lib/cmake/Meridian)
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/MeridianConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/MeridianConfig.cmake
              ${PROJECT_BINARY_DIR}/MeridianConfigVersion.cmake
        DESTINATION lib/cmake/Meridian COMPONENT sdk)
# Headers under the paths that they include each other by.
foreach(folder common/base common/records common/rpc plugins/json plugins/sdk)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}
          DESTINATION include/meridian/${folder}/.. COMPONENT sdk
          FILES_MATCHING PATTERN "*.h")
endforeach()
install(DIRECTORY ${PROJECT_BINARY_DIR}/proto/gen/ DESTINATION include/meridian
        COMPONENT sdk FILES_MATCHING PATTERN "*.pb.h")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/proto/meridian
        DESTINATION share/meridian/proto COMPONENT sdk
        FILES_MATCHING PATTERN "*.proto")
