/**
 * Which layer may import which. ARCHITECTURE.md explains the reasons; a build fails on what stands
 * here.
 */
const allowedLayers = {
  core: [],
  format: ['core'],
  engine: ['core', 'format'],
  plugins: ['core'],
  conformance: ['core'],
  host: ['core', 'format', 'engine', 'plugins', 'conformance'],
  cli: ['core', 'host'],
}

const layers = Object.entries(allowedLayers).map(([layer, allowed]) => ({
  name: `${layer}-imports-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: '^src/', pathNot: [layer, ...allowed].map((name) => `^src/${name}/`) },
}))

const anyPackage = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown']

module.exports = {
  forbidden: [
    ...layers,
    {
      name: 'known-layer',
      comment: 'A new folder under src states here what it may import.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${Object.keys(allowedLayers).join('|')})/` },
      to: {},
    },
    {
      name: 'core-has-no-runtime-package',
      comment: 'Third parties compile against core; types alone leave nothing behind.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: anyPackage, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'format-and-conformance-have-no-package',
      comment: 'Reading the format and checking a plugin take Node and nothing else.',
      severity: 'error',
      from: { path: '^src/(format|conformance)/' },
      to: { dependencyTypes: anyPackage, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'plugin-stands-alone',
      comment: 'A built-in plugin is written as if it were a third-party package.',
      severity: 'error',
      from: { path: '^src/plugins/([^/]+)/' },
      to: { path: '^src/plugins/', pathNot: '^src/plugins/$1/' },
    },
    {
      name: 'plugins-are-named-in-the-registry-only',
      severity: 'error',
      from: { path: '^src/(?!plugins/)' },
      to: { path: '^src/plugins/', pathNot: '^src/plugins/registry\\.ts$' },
    },
    {
      name: 'tsyringe-only-in-di',
      comment: 'The polyfill has to load before tsyringe, and import sorting would undo that.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/di\\.ts$' },
      to: { path: '(^|/)(tsyringe|reflect-metadata)(/|$)' },
    },
    {
      name: 'example-packages-use-the-public-surface',
      comment: 'The packages in plugins/ prove that "stratusfs" exports enough.',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/' },
      to: { path: ['^(src|dist|test|bench|native)/', '^plugins/'], pathNot: ['^plugins/$1/', '^dist/(core|conformance)/index\\.'] },
    },
    { name: 'resolvable', severity: 'error', from: { path: '^(src|plugins)/' }, to: { couldNotResolve: true } },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules', '^dist/'] },
    exclude: { path: '^plugins/[^/]+/dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
