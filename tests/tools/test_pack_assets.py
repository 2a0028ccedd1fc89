# SPDX-License-Identifier: Apache-2.0
"""Which names are kept for a year."""
import importlib.util
import os
import unittest

PATH = os.path.join(os.path.dirname(__file__), '..', '..', 'tools', 'pack_assets.py')
spec = importlib.util.spec_from_file_location('pack_assets', PATH)
pack_assets = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pack_assets)


class Immutable(unittest.TestCase):
    def test_names(self):
        for path, immutable in (('/assets/index-QsdbkJ79.css', True), ('/assets/index-Bm-JcGIS.js', True), ('/assets/index--m_JcGI-.js', True),
                                ('/assets/plain.js', False), ('/assets/icon-small.png', False), ('/icon-maskable.png', False), ('/index.html', False)):
            self.assertEqual(bool(pack_assets.HASHED.match(path)), immutable, path)


if __name__ == '__main__':
    unittest.main()
