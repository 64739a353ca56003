"""``mitmdump -s addons/inject.py --set authwright_config=FILE`` (also mitmweb and mitmproxy).

mitmproxy puts this file's folder on ``sys.path``, so the package beside it needs no install.
"""

from authwright.proxy.script import Script

addons = [Script()]
