import Foundation

/// A shared library compiled from a few lines of C, for a process to load in place of a real one.
package enum SharedLibrary {
  /// Compiles `source` to the file `name` in `folder`, and returns its path.
  package static func compile(_ source: String, to name: String, in folder: TemporaryFolder) throws -> String
  {
    let path = folder(name)
    try Data(source.utf8).write(to: URL(fileURLWithPath: path + ".c"))
    let compiler = Process()
    // Swift comes with it.
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments = ["clang", "-shared", "-fPIC", "-O1", path + ".c", "-o", path, "-ldl"]
    try compiler.run()
    compiler.waitUntilExit()
    guard compiler.terminationStatus == 0 else { throw NotCompiled(name: name) }
    return path
  }

  private struct NotCompiled: Error { let name: String }
}
