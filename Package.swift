// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "whittle",
  products: [
    .executable(name: "whittle", targets: ["whittle"]),
    .library(name: "Device", targets: ["Device"]),
    .library(name: "GraphExec", targets: ["GraphExec"]),
    .library(name: "Pruning", targets: ["Pruning"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    // The system's OpenCL headers and loader, and shims for the macros that Swift cannot import.
    .target(name: "COpenCL", linkerSettings: [.linkedLibrary("OpenCL")]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // The processor's handling of denormal numbers, and what instructions it has.
    .target(name: "CProcessor"),
    // The OpenCL C sources, embedded in the binary by `#embed`.
    .target(name: "Kernels", path: "Kernels", exclude: ["README.md", "gpu-code.csv", "tiles"]),
    .target(name: "Device", dependencies: ["COpenCL", "CProcessor", "Kernels", "Files"]),
    .target(name: "RandomNumbers"),
    .target(name: "Text"),
    .target(name: "Files", dependencies: ["Text", "CZlib"]),
    // libpng and libjpeg, whose errors are jumps that Swift cannot make.
    .target(name: "CImages", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
    .target(name: "GraphExec", dependencies: ["Device", "RandomNumbers"]),
    .target(name: "Reference", dependencies: ["Device", "GraphExec", "CProcessor"]),
    .target(name: "Pruning", dependencies: ["GraphExec"]),
    .target(
      name: "Datasets",
      dependencies: [
        "RandomNumbers", "CZlib", "CImages", "Text", "Files",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(
      name: "TensorBoard",
      dependencies: ["Files", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
    .target(name: "Configs", dependencies: ["GraphExec", "Pruning", "Datasets", "Text", "Files"]),
    .target(name: "StudyFiles", dependencies: ["Text", "Files", "Configs", "CZlib"]),
    .target(name: "Timing", dependencies: ["Device", "GraphExec"]),
    .target(name: "KernelChecks", dependencies: ["Device", "GraphExec", "Reference", "Timing"]),
    .target(
      name: "Backends",
      dependencies: ["Kernels", "Device", "GraphExec", "Reference", "Text", "Files", "Configs"]),
    .target(
      name: "ModelFiles", dependencies: ["GraphExec", "Pruning", "Datasets", "Text", "Files", "Configs"]),
    // Networks of other frameworks, in and out: ONNX, PyTorch, NumPy.
    .target(
      name: "Interchange",
      dependencies: [
        "GraphExec", "Text", "Files", "Configs", "ModelFiles", "CZlib",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .target(
      name: "ModelEvaluation",
      dependencies: ["GraphExec", "Datasets", "Files", "Configs", "Backends", "ModelFiles"]),
    .target(
      name: "Studies",
      dependencies: [
        "Device", "GraphExec", "Pruning", "Datasets", "Text", "Files", "TensorBoard", "Configs", "StudyFiles",
        "Timing", "Backends", "ModelFiles", "ModelEvaluation",
      ]),
    .target(
      name: "Shrinking",
      dependencies: [
        "GraphExec", "Pruning", "Datasets", "Text", "Files", "Configs", "StudyFiles", "Timing", "Backends",
        "ModelFiles", "ModelEvaluation", "Studies",
      ]),
    .target(
      name: "Tuning", dependencies: ["Device", "GraphExec", "Timing", "KernelChecks"]),
    .target(
      name: "Bench", dependencies: ["Device", "GraphExec", "Pruning", "Configs", "Timing", "Backends"]),
    .target(
      name: "Reports",
      dependencies: [
        "GraphExec", "Text", "Files", "StudyFiles", "Bench",
        .product(name: "Mustache", package: "swift-mustache"),
      ]),
    .executableTarget(
      name: "whittle",
      dependencies: [
        "Device", "GraphExec", "Reference", "Datasets", "Text", "Files", "Configs", "StudyFiles",
        "Timing", "KernelChecks", "Backends", "Tuning", "ModelFiles", "Interchange", "ModelEvaluation",
        "Studies", "Shrinking", "Bench", "Reports",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(name: "TestSupport", dependencies: ["Device", "Files", "CZlib"], path: "Tests/TestSupport"),
    .testTarget(name: "DeviceTests", dependencies: ["Device", "Files", "TestSupport"]),
    .testTarget(
      name: "GraphExecTests",
      dependencies: ["Device", "GraphExec", "Reference", "Pruning", "TestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(name: "ReferenceTests", dependencies: ["Reference", "GraphExec"]),
    .testTarget(name: "BackendsTests", dependencies: ["Backends", "Device", "GraphExec"]),
    .testTarget(name: "PruningTests", dependencies: ["Pruning", "GraphExec", "Reference"]),
    .testTarget(
      name: "DatasetsTests",
      dependencies: [
        "Datasets", "Files", "CZlib", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .testTarget(
      name: "FuzzTests",
      dependencies: [
        "Datasets", "Files", "GraphExec", "Interchange", "ModelFiles", "RandomNumbers", "TestSupport",
      ]),
    .testTarget(name: "TextTests", dependencies: ["Text"]),
    .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
    .testTarget(name: "TensorBoardTests", dependencies: ["TensorBoard", "Files", "TestSupport"]),
    .testTarget(
      name: "ConfigsTests",
      dependencies: ["Configs", "GraphExec", "Pruning", "Datasets", "Text", "Files", "TestSupport"]),
    .testTarget(
      name: "StudyFilesTests",
      dependencies: ["StudyFiles", "TensorBoard", "Configs", "Text", "Files", "TestSupport"]),
    .testTarget(
      name: "KernelChecksTests", dependencies: ["KernelChecks", "Device", "GraphExec", "TestSupport"]),
    .testTarget(
      name: "ModelFilesTests",
      dependencies: [
        "ModelFiles", "ModelEvaluation", "Configs", "Files", "Datasets", "Pruning", "Reference", "GraphExec",
        "TestSupport",
      ]),
    .testTarget(
      name: "InterchangeTests",
      dependencies: [
        "Interchange", "ModelFiles", "ModelEvaluation", "Backends", "Files", "Pruning", "GraphExec",
        "TestSupport",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "StudiesTests",
      dependencies: [
        "Studies", "ModelFiles", "ModelEvaluation", "Backends", "StudyFiles", "Configs", "Datasets", "Text",
        "Files", "Pruning", "Reference", "GraphExec", "Device", "TestSupport",
      ]),
    .testTarget(name: "ShrinkingTests", dependencies: ["Shrinking", "GraphExec"]),
    .testTarget(name: "ReportsTests", dependencies: ["Reports", "StudyFiles", "Files", "TestSupport"]),
    .testTarget(
      name: "WhittleTests",
      dependencies: [
        "whittle", "ModelFiles", "StudyFiles", "Configs", "Text", "Files", "Reports", "TestSupport",
      ]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c2x
)
