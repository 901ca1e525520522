import Files
import Foundation
import TestSupport
import Testing

/// Protects the choice of a device where drivers fail: one that does is left out, named, and the next one taken.
@Suite(.needs(.openCL)) struct DeviceFaultTests {
  /// Two devices of PoCL, and in front of the OpenCL loader functions that fail for the one whose name begins with
  /// `FAILING_CONTEXT` or `FAILING_QUERY`, and for the first `FAILING_BUILDS` programs.
  private static let failing = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <stdlib.h>
    #include <string.h>
    typedef int (*Query)(void *, unsigned, size_t, void *, size_t *);
    typedef void *(*Create)(const void *, unsigned, void **, void *, void *, int *);
    static int fails(void *device, const char *variable) {
      Query query = (Query)dlsym(RTLD_NEXT, "clGetDeviceInfo");
      char name[256] = "";
      const char *failing = getenv(variable);
      return failing && query(device, 0x102B, sizeof name, name, 0) == 0 && strncmp(name, failing, strlen(failing)) == 0;
    }
    int clGetDeviceInfo(void *device, unsigned key, size_t size, void *value, size_t *used) {
      if (key == 0x102D && fails(device, "FAILING_QUERY")) return -5;
      return ((Query)dlsym(RTLD_NEXT, "clGetDeviceInfo"))(device, key, size, value, used);
    }
    void *clCreateContext(const void *p, unsigned count, void **devices, void *f, void *data, int *code) {
      if (!fails(devices[0], "FAILING_CONTEXT"))
        return ((Create)dlsym(RTLD_NEXT, "clCreateContext"))(p, count, devices, f, data, code);
      *code = -6;
      return 0;
    }
    typedef int (*Build)(void *, unsigned, void **, const char *, void *, void *);
    int clBuildProgram(void *program, unsigned count, void **devices, const char *options, void *f, void *data) {
      static int builds;
      const char *failing = getenv("FAILING_BUILDS");
      if (failing && builds++ < atoi(failing)) return -11;
      return ((Build)dlsym(RTLD_NEXT, "clBuildProgram"))(program, count, devices, options, f, data);
    }
    """

  private static func run(
    _ arguments: [String], in folder: TemporaryFolder, _ environment: [String: String]
  ) throws -> Tool.Outcome {
    let library = try SharedLibrary.compile(failing, to: "failing.so", in: folder)
    return try Tool.run(
      arguments, in: folder.path,
      environment: ["LD_PRELOAD": library, "POCL_DEVICES": "pthread basic"].merging(environment) { $1 })
  }

  @Test("a device whose context fails is left out by devices, auto and opencl, and the next one taken")
  func contexts() throws {
    let folder = try TemporaryFolder()
    let fault = ["FAILING_CONTEXT": "basic"]
    let list = try Self.run(["devices"], in: folder, fault)
    #expect(list.exitCode == 0 && list.output.contains("auto takes 0:1 pthread"))
    #expect(list.errors.contains("warning: device 0:0 basic"))
    #expect(list.errors.contains("is left out: clCreateContext"))
    // The code is called out of host memory, and has nothing to do with it.
    #expect(!list.errors.contains("batch_size"))
    let bench = ["bench", "inference", "--images", "10", "--rounds", "1", "--json", "--device"]
    for device in ["auto", "opencl"] {
      let taken = try Self.run(bench + [device], in: folder, fault)
      #expect(taken.exitCode == 0 && taken.output.contains("pthread"), "\(taken.errors)")
    }
    // Those that need OpenCL, too.
    let verify = try Self.run(["verify", "--quick", "--family", "cpu"], in: folder, fault)
    #expect(verify.exitCode == 0 && verify.output.contains("0:1 pthread"), "\(verify.errors)")
    let asked = try Self.run(bench + ["0:0"], in: folder, fault)
    #expect(asked.exitCode == 1 && asked.errors.contains("clCreateContext") && asked.errorLines.count == 1)
  }

  @Test("a device that cannot be asked is left out, and keeps its number")
  func queries() throws {
    let folder = try TemporaryFolder()
    let list = try Self.run(["devices"], in: folder, ["FAILING_QUERY": "basic"])
    #expect(list.exitCode == 0 && list.output.contains("auto takes 0:1 pthread"))
    #expect(
      list.errors.contains("warning: device 0:0 is left out: clGetDeviceInfo failed: OUT_OF_RESOURCES (-5)"))
  }

  @Test("a name that both have is refused with both listed, and a number alone too")
  func names() throws {
    let folder = try TemporaryFolder()
    let both = try Self.run(["verify", "--device", "Portable"], in: folder, [:])
    #expect(both.exitCode == 69 && both.errorLines.count == 1)
    #expect(both.errors.contains("0:0 basic") && both.errors.contains("0:1 pthread"))
    let number = try Self.run(["verify", "--device", "1"], in: folder, [:])
    #expect(number.exitCode == 69 && number.errors.contains("as in 0:0"))
  }

  @Test("a build that fails for nothing in the kernels, as in a shared cache, is tried again")
  func builds() throws {
    let folder = try TemporaryFolder()
    let bench = ["bench", "inference", "--images", "1", "--rounds", "1", "--device", "0:1"]
    let mended = try Self.run(bench, in: folder, ["FAILING_BUILDS": "2"])
    #expect(mended.exitCode == 0, "\(mended.errors)")
    let broken = try Self.run(bench, in: folder, ["FAILING_BUILDS": "1000"])
    #expect(broken.exitCode == 1 && broken.errors.contains("does not build"))
  }

  @Test("a cache that PoCL cannot write is what is said, not that there is no driver")
  func unwritableCache() throws {
    let folder = try TemporaryFolder()
    let list = try Tool.run(["devices"], in: folder.path, environment: ["POCL_CACHE_DIR": "/proc/none"])
    #expect(list.exitCode == 0 && list.output.contains("no OpenCL device can be used"))
    #expect(list.errors.contains("POCL_CACHE_DIR"))
    let verify = try Tool.run(
      ["verify", "--device", "opencl"], in: folder.path, environment: ["POCL_CACHE_DIR": "/proc/none"])
    #expect(verify.exitCode == 69 && verify.errors.contains("no OpenCL device can be used"))
    #expect(verify.errors.contains("POCL_CACHE_DIR") && !verify.errors.contains("installed"))
  }

  @Test("where POCL_DEVICES leaves PoCL without a device, that is said, and nothing of its cache")
  func noPoCLDevice() throws {
    let folder = try TemporaryFolder()
    let list = try Tool.run(["devices"], in: folder.path, environment: ["POCL_DEVICES": "nothing"])
    #expect(list.exitCode == 0 && list.output.contains("no OpenCL device can be used"))
    #expect(list.errors.contains("POCL_DEVICES=nothing leaves it without a device"))
    #expect(!list.errors.contains("POCL_CACHE_DIR"))
  }

  @Test("a crash that a damaged cache brings about says which folder to remove")
  func damagedCache() throws {
    let folder = try TemporaryFolder()
    let environment = ["POCL_CACHE_DIR": folder("cache")]
    let bench = ["bench", "inference", "--images", "1", "--rounds", "1", "--device", "Portable"]
    #expect(try Tool.run(bench, in: folder.path, environment: environment).exitCode == 0)
    let files = try #require(FileManager.default.enumerator(atPath: folder("cache")))
    let compiled = files.compactMap { $0 as? String }.filter { $0.hasSuffix(".so") }
    #expect(!compiled.isEmpty)
    for file in compiled { try AtomicFile.write("damaged", to: folder("cache/" + file)) }
    let crash = try Tool.run(bench, in: folder.path, environment: environment)
    #expect(crash.wasKilled)
    #expect(crash.errors.contains("remove \(folder("cache")) and try again"))
  }
}
