import Device
import Foundation
import TestSupport
import Testing

/// What is left of the memory, read from files as Linux has them.
@Suite struct SystemMemoryTests {
  /// What files with these contents, by their paths, say is left.
  private func bytes(_ files: [String: String]) throws -> Int? {
    let folder = try TemporaryFolder()
    for (path, text) in files {
      try FileManager.default.createDirectory(
        at: folder.url.appendingPathComponent(path).deletingLastPathComponent(),
        withIntermediateDirectories: true)
      try folder.write(text, path)
    }
    return withExtendedLifetime(folder) { SystemMemory(root: folder.path).bytes }
  }

  private static let meminfo = """
    MemTotal:        9000 kB
    MemAvailable:    6000 kB
    SwapTotal:       2000 kB
    SwapFree:        1000 kB

    """

  @Test("the machine's memory that is available, and swap that is free")
  func machine() throws {
    #expect(try bytes(["proc/meminfo": Self.meminfo]) == 7000 << 10)
    #expect(try bytes([:]) == nil)
  }

  @Test("a group of version 2 and those around it, pages of files given back, those of tmpfs not")
  func version2() throws {
    var files = [
      "proc/meminfo": Self.meminfo, "proc/self/cgroup": "0::/outer/inner\n",
      "sys/fs/cgroup/outer/memory.max": "1000000\n", "sys/fs/cgroup/outer/memory.current": "700000\n",
      "sys/fs/cgroup/outer/memory.stat":
        "anon 100000\nfile 600000\ninactive_file 150000\nactive_file 50000\n",
      "sys/fs/cgroup/outer/inner/memory.max": "max\n", "sys/fs/cgroup/outer/inner/memory.current": "700000\n",
    ]
    #expect(try bytes(files) == 500_000)
    files["sys/fs/cgroup/outer/inner/memory.max"] = "800000\n"
    #expect(try bytes(files) == 100_000)
  }

  @Test("a group of version 1, whose controller may share its line", arguments: ["memory", "cpu,memory"])
  func version1(controllers: String) throws {
    let files = [
      "proc/meminfo": Self.meminfo,
      "proc/self/cgroup": "7:cpuset:/a\n5:\(controllers):/a/b\n0::/a\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/memory.usage_in_bytes": "5000000\n",
      "sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "1000000\n",
      "sys/fs/cgroup/memory/a/b/memory.usage_in_bytes": "900000\n",
      "sys/fs/cgroup/memory/a/b/memory.stat":
        "active_file 1\ninactive_file 2\ntotal_inactive_file 30000\ntotal_active_file 20000\n",
    ]
    #expect(try bytes(files) == 150_000)
  }
}
