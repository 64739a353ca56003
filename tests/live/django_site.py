"""Django as its users have it: sessions, CSRF tokens, the admin's login page, and one page that wants a login.

Run by the Python of its own virtual environment: ``python django_site.py PORT USER PASSWORD``, in a folder for its database.
``/__log`` gives the requests so far as ``method path status``; ``/__forget`` ends every session.
"""

import sys

import django
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.urls import path

LOG = []


def logging(get_response):
    def middleware(request):
        response = get_response(request)
        if not request.path.startswith("/__"):
            LOG.append(f"{request.method} {request.path} {response.status_code}")
        return response

    return middleware


def configure():
    settings.configure(
        SECRET_KEY="live",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            f"{__name__}.logging",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.db"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()


@login_required(login_url="/admin/login/")
def orders(request):
    """Who asks."""
    return HttpResponse(f"orders of {request.user}")


@login_required(login_url="/admin/login/")
def basket(request):
    """Another session key with each answer; the one before is worth nothing."""
    request.session.cycle_key()
    return HttpResponse("basket")


def forget(_request):
    """End every session."""
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()
    return HttpResponse()


def log(_request):
    """What was asked so far."""
    return JsonResponse(LOG, safe=False)


configure()
urlpatterns = [
    path("admin/", admin.site.urls),
    path("orders", orders),
    path("basket", basket),
    path("__forget", forget),
    path("__log", log),
]

if __name__ == "__main__":
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User

    User.objects.create_superuser(sys.argv[2], password=sys.argv[3])
    call_command("runserver", f"127.0.0.1:{sys.argv[1]}", use_reloader=False, verbosity=0)
