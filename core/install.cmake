# What `cmake --install build` puts under the prefix: the library, its headers, the program, and the
# package that find_package(tensorledger CONFIG) reads. RapidJSON is compiled in and not asked for again.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tensorledger)
set(header_folder ${CMAKE_INSTALL_INCLUDEDIR}/tensorledger)  # so that no bare core/ lies in include/

set_target_properties(tensorledger_core PROPERTIES EXPORT_NAME core)
install(TARGETS tensorledger_core EXPORT tensorledger
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${header_folder})
if(TARGET tensorledger)
  install(TARGETS tensorledger RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/core DESTINATION ${header_folder}
        FILES_MATCHING PATTERN "*.h" PATTERN "*.def" PATTERN cli EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/core/THIRD_PARTY.txt
        DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Nothing else has to be found first, so the list of targets is the whole package.
install(EXPORT tensorledger NAMESPACE tensorledger:: FILE tensorledger-config.cmake
        DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tensorledger-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tensorledger-config-version.cmake DESTINATION ${package_folder})
